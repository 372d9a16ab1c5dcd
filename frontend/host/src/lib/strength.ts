/** How hard a passphrase is to guess. */
export interface Strength {
  /** 1 (guessed at once) to 5. */
  bars: number;
  /** Guesses an attacker needs on average, at 10,000 a second. */
  seconds: number;
}

/** The slow derivation of the key allows an attacker about this many tries a second. */
export const triesPerSecond = 10_000;

/** Six words of a list of 7,776, chosen by chance. */
export const generatedStrength: Strength = { bars: 5, seconds: 7776 ** 6 / 2 / triesPerSecond };

type Estimator = (passphrase: string, known: string[]) => Strength;
let loading: Promise<Estimator> | undefined;

/** Loads the estimator with its word lists, which only these screens need. */
export function estimator(): Promise<Estimator> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Estimator> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  const judge = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
  });
  return (passphrase, known) => {
    const { guesses, score } = judge.check(passphrase, known);
    return { bars: passphrase === '' ? 0 : score + 1, seconds: guesses / triesPerSecond };
  };
}
