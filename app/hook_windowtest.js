// Runs in every frame of a windowtest build, in a world of its own: lets the
// test find, read and focus elements of a frame that the host page cannot reach.
addEventListener('message', (event) => {
  const ask = event.data;
  if (window === top || event.source !== top || ask?.alcove_windowtest !== 'ask') return;
  event.stopImmediatePropagation();
  const found = ask.selector ? document.querySelector(ask.selector) : document.documentElement;
  const answer = { alcove_windowtest: 'answer', id: ask.id, found: !!found };
  if (found) {
    const r = found.getBoundingClientRect();
    answer.rect = { x: r.x, y: r.y, width: r.width, height: r.height };
    answer.text = found.innerText ?? found.textContent;
    answer.value = found.value;
    answer.focused = document.activeElement === found;
  }
  event.source.postMessage(answer, '*');
});
