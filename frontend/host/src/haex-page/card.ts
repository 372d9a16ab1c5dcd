/** What a card asks, and what it is answered. */
export interface Card {
  text: string;
  /** What is in the field, where the person may type something. */
  field?: string | undefined;
  /** Whether the person can say no. */
  choice?: boolean;
}

const style = `
  dialog { max-width: 26rem; padding: 1rem; border: 1px solid color-mix(in srgb, currentcolor 25%, transparent);
    border-radius: 8px; background: Canvas; color: CanvasText; font: 14px/1.45 system-ui, sans-serif }
  dialog::backdrop { background: rgb(0 0 0 / 30%) }
  p { margin: 0 0 1rem; max-height: 60vh; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere }
  input { box-sizing: border-box; width: 100%; margin-bottom: 1rem; font: inherit }
  div { display: flex; justify-content: end; gap: 0.5rem }
  button { min-width: 5rem; font: inherit }
`;

/** One card at a time; the others wait for it. */
let turn: Promise<unknown> = Promise.resolve();

/** Shows a card in the app's own page. Gives true or the typed text, and null for no. */
export function show(card: Card): Promise<true | string | null> {
  const shown = turn.then(() => present(card));
  turn = shown;
  return shown;
}

function present({ text, field, choice = false }: Card): Promise<true | string | null> {
  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  const dialog = document.createElement('dialog');
  const words = document.createElement('p');
  words.textContent = text;
  words.id = 'words';
  dialog.setAttribute('aria-labelledby', 'words');
  const input = field === undefined ? null : document.createElement('input');
  if (input) {
    input.value = field ?? '';
    input.setAttribute('aria-labelledby', 'words');
  }
  const row = document.createElement('div');
  const ok = button('OK');
  const no = button('Cancel');
  row.append(...(choice ? [no, ok] : [ok]));
  dialog.append(words, ...(input ? [input] : []), row);
  const sheet = document.createElement('style');
  sheet.textContent = style;
  root.append(sheet, dialog);
  document.documentElement.append(host);
  dialog.showModal();
  return new Promise((resolve) => {
    const end = (yes: boolean) => {
      host.remove();
      resolve(yes ? (input?.value ?? true) : null);
    };
    ok.onclick = () => end(true);
    no.onclick = () => end(false);
    dialog.oncancel = () => end(false);
    dialog.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === 'Enter' && event.target === input) end(true);
    };
    (input ?? ok).focus();
  });
}

function button(text: string): HTMLButtonElement {
  const made = document.createElement('button');
  made.textContent = text;
  made.type = 'button';
  return made;
}
