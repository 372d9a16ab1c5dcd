// Markdown to a safe piece of document. Nothing in a note can reach out: links
// show their address instead of going there, pictures are shown only when the
// note itself contains them, and DOMPurify has the last word.

import DOMPurify from 'dompurify';
import markdownit from 'markdown-it';
import type { Token } from 'markdown-it';

const md = markdownit('default', { html: false, linkify: true, breaks: true, typographer: false });
const DATA_IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,[a-z0-9+/=\s]*$/i;
const TASK = /^\[([ xX])\]\s+/;

md.validateLink = (url) => !/^\s*(?:javascript|vbscript):/i.test(url);

// A link is text with its address behind it, unless the text is the address.
md.renderer.rules.link_open = () => '<span class="link">';
md.renderer.rules.link_close = (tokens, index) => {
  const open = openOf(tokens, index);
  const address = open ? String(open.attrGet('href') ?? '') : '';
  const text = textBetween(tokens, open, index);
  const same = address === text || address === `mailto:${text}` || address === `http://${text}`;
  const shown = md.utils.escapeHtml(decodeSafely(address));
  return same ? '</span>' : `</span> <span class="address">${shown}</span>`;
};

md.renderer.rules.image = (tokens, index) => {
  const token = tokens[index];
  const src = String(token?.attrGet('src') ?? '');
  const alt = md.utils.escapeHtml(token?.content ?? '');
  if (DATA_IMAGE.test(src)) return `<img src="${md.utils.escapeHtml(src)}" alt="${alt}">`;
  const address = md.utils.escapeHtml(decodeSafely(src).slice(0, 200));
  return `<span class="unshown">${alt || 'Picture'} <span class="address">${address}</span></span>`;
};

// “- [ ] text”: the item gets a box that knows its line.
md.core.ruler.after('inline', 'tasks', (state) => {
  const { tokens } = state;
  for (let i = 2; i < tokens.length; i++) {
    const inline = tokens[i];
    const item = tokens[i - 2];
    if (inline?.type !== 'inline' || item?.type !== 'list_item_open' || !inline.map) continue;
    const match = TASK.exec(inline.content);
    const text = inline.children?.[0];
    if (!match || text?.type !== 'text') continue;
    const done = match[1] !== ' ';
    text.content = text.content.slice(match[0].length);
    const box = new state.Token('html_inline', '', 0);
    const label = md.utils.escapeHtml(inline.content.slice(match[0].length, 120));
    box.content = `<input type="checkbox" data-line="${String(inline.map[0])}" aria-label="${label}"${done ? ' checked' : ''}>`;
    inline.children?.unshift(box);
    item.attrJoin('class', done ? 'task done' : 'task');
  }
});

md.renderer.rules.table_open = () => '<div class="table" tabindex="0" role="group"><table>';
md.renderer.rules.table_close = () => '</table></div>';

const ALLOWED = {
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li'],
    ...['pre', 'code', 'em', 'strong', 's', 'span', 'div', 'img', 'input'],
    ...['table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: [
    ...['class', 'src', 'alt', 'type', 'checked', 'data-line', 'aria-label', 'start'],
    ...['tabindex', 'role'],
  ],
  ALLOW_DATA_ATTR: false,
  ALLOWED_URI_REGEXP: DATA_IMAGE,
  // Attributes that are no address: the expression above is not for them.
  ADD_URI_SAFE_ATTR: ['type', 'checked', 'data-line', 'aria-label', 'start', 'tabindex', 'role'],
  RETURN_DOM_FRAGMENT: true as const,
};

/** The note's text as elements, ready to be put into the page. */
export function render(markdown: string): DocumentFragment {
  return DOMPurify.sanitize(md.render(markdown), ALLOWED);
}

/**
 * Shows a note's text in `box`. The task box that has the focus keeps it while
 * its line changes; boxes can be ticked only when `tickable`.
 */
export function renderInto(box: HTMLElement, markdown: string, tickable: boolean): void {
  const page = render(markdown);
  for (const input of page.querySelectorAll('input')) input.disabled = !tickable;
  const active = document.activeElement;
  const line = active instanceof HTMLInputElement && box.contains(active) ? active.dataset.line : undefined;
  box.replaceChildren(page);
  if (line !== undefined) box.querySelector<HTMLElement>(`[data-line="${line}"]`)?.focus();
}

/** A text's first line that says something, and what follows it. */
export function headline(opening: string): { head: string; rest: string } {
  const all = opening.split('\n');
  const at = all.findIndex((line) => plain(line) !== '');
  if (at < 0) return { head: '', rest: '' };
  return { head: plain(all[at] ?? '', 80), rest: all.slice(at + 1).join('\n') };
}

/** A text on one line, without its Markdown. */
export function plain(markdown: string, length = 120): string {
  return markdown
    .replace(/```[\w-]*|^\s*(?:[-*_]\s*){3,}$/gm, ' ')
    .replace(/!\[([^\]]*)\]\([^)]*\)?/g, '$1')
    .replace(/\[([^\]]*)\]\([^)]*\)?/g, '$1')
    .replace(/^\s*(?:#{1,6}\s+|>\s?|(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?)+/gm, '')
    .replace(/(\*\*|__|~~|`)(.+?)\1/g, '$2')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, length);
}

function openOf(tokens: Token[], close: number): Token | undefined {
  for (let i = close - 1; i >= 0; i--) if (tokens[i]?.type === 'link_open') return tokens[i];
  return undefined;
}

function textBetween(tokens: Token[], open: Token | undefined, close: number): string {
  const from = open ? tokens.indexOf(open) + 1 : close;
  return tokens
    .slice(from, close)
    .map((t) => t.content)
    .join('');
}

function decodeSafely(address: string): string {
  try {
    return decodeURI(address);
  } catch {
    return address;
  }
}
