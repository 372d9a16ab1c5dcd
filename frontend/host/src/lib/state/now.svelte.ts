/** The time, for texts that say how long ago something was. It goes on while somebody reads it. */
export class Now {
  ms = $state(Date.now());

  constructor(every = 5000) {
    $effect(() => {
      const timer = setInterval(() => (this.ms = Date.now()), every);
      return () => clearInterval(timer);
    });
  }
}
