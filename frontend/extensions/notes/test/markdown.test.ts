import { describe, expect, it } from 'vitest';
import { headline, plain, render } from '../src/markdown/render.ts';
import { continueList, indent, toggleTask, toggleTaskAt, wrap } from '../src/markdown/tasks.ts';
import type { Edit } from '../src/markdown/tasks.ts';

function html(markdown: string): string {
  const box = document.createElement('div');
  box.append(render(markdown));
  return box.innerHTML;
}

describe('the preview', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](data:text/html,<script>alert(1)</script>)',
    '![x](https://evil.example/pixel.png)',
    '![x](data:image/svg+xml;base64,PHN2Zy8+)',
    '![x](//evil.example/p)',
    '![" onerror="alert(1)](data:image/png;base64,AA==)',
    '- [ ] <img src=x onerror=alert(1)>',
    '- [ ] " onclick="alert(1)',
    '<https://evil.example/"onmouseover=alert(1)>',
    '```"><script>alert(1)</script>\ncode\n```',
    '<style>*{display:none}</style>',
    '<form action="https://evil.example"><button>',
    '| a |\n|---|\n| <script>alert(1)</script> |',
  ])('lets nothing out of %j', (markdown) => {
    const box = document.createElement('div');
    box.append(render(markdown));
    for (const element of box.querySelectorAll('*')) {
      expect(['A', 'SCRIPT', 'STYLE', 'IFRAME', 'FORM', 'BUTTON', 'LINK', 'SVG', 'OBJECT']).not.toContain(
        element.tagName.toUpperCase(),
      );
      for (const { name, value } of element.attributes) {
        expect(name).not.toMatch(/^on|^style$|^href$|^srcset$|^xlink/i);
        if (name === 'src') expect(value).toMatch(/^data:image\/png;base64,/);
      }
    }
  });

  it('shows where a link goes instead of going there', () => {
    expect(html('see [the museum](https://a.example/x)')).toBe(
      '<p>see <span class="link">the museum</span> <span class="address">https://a.example/x</span></p>\n',
    );
    expect(html('https://a.example/x')).toBe('<p><span class="link">https://a.example/x</span></p>\n');
  });

  it('shows pictures of the note itself and names others', () => {
    const own = 'data:image/png;base64,iVBORw0KGgo=';
    expect(html(`![dot](${own})`)).toContain(`<img src="${own}" alt="dot">`);
    const other = html('![dot](https://a.example/p.png)');
    expect(other).not.toContain('<img');
    expect(other).toContain('https://a.example/p.png');
  });

  it('gives every task a box that knows its line and state', () => {
    const box = document.createElement('div');
    box.append(render('intro\n\n- [ ] one\n- [x] two\n  - [X] inner\n- three\n\n> - [ ] quoted'));
    const inputs = [...box.querySelectorAll('input')];
    expect(inputs.map((i) => [i.type, i.dataset.line, i.checked, i.getAttribute('aria-label')])).toEqual([
      ['checkbox', '2', false, 'one'],
      ['checkbox', '3', true, 'two'],
      ['checkbox', '4', true, 'inner'],
      ['checkbox', '7', false, 'quoted'],
    ]);
  });

  it('survives text made to be slow or deep', () => {
    const before = performance.now();
    html('> '.repeat(5000) + 'x');
    html('['.repeat(20_000));
    html('*a '.repeat(20_000));
    expect(performance.now() - before).toBeLessThan(4000);
  });

  it('says a note in one plain line', () => {
    expect(plain('# Head\n\n- [ ] **bold** and [a](https://x)\n> ![p](y)')).toBe('Head bold and a p');
    expect(headline('\n\n## First *one*\nthen **this**')).toEqual({
      head: 'First *one*',
      rest: 'then **this**',
    });
  });
});

describe('typing', () => {
  const apply = (text: string, edit: Edit | null) =>
    edit && text.slice(0, edit.from) + edit.insert + text.slice(edit.to);

  it('ticks exactly the task of its line', () => {
    const text = '- [ ] a\nb [ ] c\n  1. [x] d\n> - [ ] e';
    expect(toggleTask(text, 0)).toBe('- [x] a\nb [ ] c\n  1. [x] d\n> - [ ] e');
    expect(toggleTask(text, 1)).toBe(text);
    expect(toggleTask(text, 2)).toBe('- [ ] a\nb [ ] c\n  1. [ ] d\n> - [ ] e');
    expect(toggleTask(text, 3)).toBe('- [ ] a\nb [ ] c\n  1. [x] d\n> - [x] e');
    expect(toggleTask(text, 9)).toBe(text);
  });

  it.each([
    ['- a', '- a\n- '],
    ['  * a', '  * a\n  * '],
    ['9. a', '9. a\n10. '],
    ['- [x] a', '- [x] a\n- [ ] '],
    ['- a\n- ', '- a\n'],
    ['- [ ] ', ''],
  ])('Enter at the end of %j gives %j', (text, want) => {
    expect(apply(text, continueList(text, text.length, text.length))).toBe(want);
  });

  it('Enter elsewhere is left alone', () => {
    expect(continueList('text', 4, 4)).toBeNull();
    expect(continueList('- a', 0, 0)).toBeNull();
    expect(continueList('- a', 1, 3)).toBeNull();
  });

  it('bold twice is not bold', () => {
    const once = wrap('a word b', 2, 6, '**');
    expect(apply('a word b', once)).toBe('a **word** b');
    expect(apply('a **word** b', wrap('a **word** b', once.start, once.end, '**'))).toBe('a word b');
  });

  it('indents and outdents whole lines', () => {
    expect(apply('a\nb\nc', indent('a\nb\nc', 0, 3, 1))).toBe('  a\n  b\nc');
    expect(apply('  a\n b\nc', indent('  a\n b\nc', 0, 5, -1))).toBe('a\nb\nc');
  });

  it('makes a line a task, then ticks it', () => {
    expect(apply('buy', toggleTaskAt('buy', 3, 3))).toBe('- [ ] buy');
    expect(apply('- buy', toggleTaskAt('- buy', 5, 5))).toBe('- [ ] buy');
    expect(apply('- [ ] buy', toggleTaskAt('- [ ] buy', 9, 9))).toBe('- [x] buy');
  });
});
