import { show, type Card } from './card';

/** For how long what the person said is the answer to the same question. */
const lasts = 5_000;
/** How long ago a press may be to be what led to a question. */
const presses = 2_000;

let pressed: { on: Element; at: number } | null = null;
const said = new Map<string, { answer: true | string; until: number }>();

/**
 * alert, confirm and prompt return at once in a frame, as if the person had said
 * no. So the question is put in the page, and when the person has said yes, what
 * they pressed is pressed again: this time the same question is answered.
 */
export function standForDialogs(): void {
  addEventListener(
    'click',
    (event) => {
      const on = event.composedPath()[0];
      if (on instanceof Element) pressed = { on, at: performance.now() };
    },
    true,
  );
  window.alert = (text?: unknown) => void show({ text: String(text ?? '') });
  window.confirm = (text?: unknown) => ask('confirm', { text: String(text ?? ''), choice: true }) === true;
  window.prompt = (text?: unknown, field?: unknown) => {
    const answer = ask('prompt', { text: String(text ?? ''), choice: true, field: String(field ?? '') });
    return typeof answer === 'string' ? answer : null;
  };
}

/** What the person has said to a question, or nothing, and then they are asked. */
function ask(kind: string, card: Card): true | string | undefined {
  const key = `${kind} ${card.text}`;
  const earlier = said.get(key);
  said.delete(key);
  if (earlier && earlier.until > performance.now()) return earlier.answer;
  const led = pressed && performance.now() - pressed.at < presses ? pressed.on : null;
  void show(card).then((answer) => {
    if (answer === null) return;
    said.set(key, { answer, until: performance.now() + lasts });
    if (led?.isConnected)
      led.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, composed: true }));
  });
  return undefined;
}
