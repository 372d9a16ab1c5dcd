import { fetchOutside } from './outside';
import { addressOf, isOutside } from './place';

const { UNSENT, OPENED, HEADERS_RECEIVED, LOADING, DONE } = XMLHttpRequest;

/** One request to a place outside, from open to its end. */
interface Outside {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly ends: AbortController;
  state: number;
  sent: boolean;
  timer: number;
  answer: Response | null;
  bytes: ArrayBuffer;
  /** What the answer was last read as, since a page expects the same object again. */
  read: { as: XMLHttpRequestResponseType; value: unknown } | null;
}

/**
 * XMLHttpRequest of a place outside goes the way of fetch. The page hears it all
 * at once when it is there; a synchronous one is left to the engine, which
 * refuses it, as is everything about the app's own files.
 */
export function standForRequests(): void {
  const Own = window.XMLHttpRequest;
  window.XMLHttpRequest = class XMLHttpRequest extends Own {
    #out: Outside | null = null;
    #mime = '';

    override open(...given: [method: string, url: string | URL, async?: boolean, ...rest: unknown[]]): void {
      const [method, source] = given;
      this.#drop();
      this.#out = null;
      const url = addressOf(String(source));
      if (url === null || !isOutside(url) || (given.length > 2 && !given[2])) {
        super.open(...(given as unknown as Parameters<typeof Own.prototype.open>));
        return;
      }
      const { method: name } = new Request(url, { method }); // refuses what is no method
      this.#out = {
        method: name,
        url,
        headers: new Headers(),
        ends: new AbortController(),
        state: UNSENT,
        sent: false,
        timer: 0,
        answer: null,
        bytes: new ArrayBuffer(0),
        read: null,
      };
      this.#move(this.#out, OPENED);
    }

    override setRequestHeader(name: string, value: string): void {
      if (!this.#out) super.setRequestHeader(name, value);
      else unsent(this.#out).headers.append(name, value);
    }

    override overrideMimeType(mime: string): void {
      this.#mime = mime;
      super.overrideMimeType(mime);
    }

    override send(body?: Document | XMLHttpRequestBodyInit | null): void {
      if (!this.#out) {
        super.send(body);
        return;
      }
      const out = unsent(this.#out);
      out.sent = true;
      const { method, headers } = out;
      const content = body instanceof Document ? new XMLSerializer().serializeToString(body) : (body ?? null);
      const request = new Request(out.url, {
        method,
        headers,
        body: method === 'GET' || method === 'HEAD' ? null : content,
        signal: out.ends.signal,
      });
      this.#fire('loadstart');
      if (out.ends.signal.aborted) return;
      if (this.timeout > 0) out.timer = window.setTimeout(() => this.#fail(out, 'timeout'), this.timeout);
      fetchOutside(request)
        .then(async (answer) => this.#arrive(out, answer, await answer.arrayBuffer()))
        .catch(() => this.#fail(out, 'error'));
    }

    override abort(): void {
      const out = this.#out;
      if (!out) {
        super.abort();
        return;
      }
      if (out.sent && out.state !== DONE) this.#fail(out, 'abort');
      if (this.#out === out && out.state === DONE) out.state = UNSENT;
    }

    override getResponseHeader(name: string): string | null {
      return this.#out ? (this.#out.answer?.headers.get(name) ?? null) : super.getResponseHeader(name);
    }

    override getAllResponseHeaders(): string {
      if (!this.#out) return super.getAllResponseHeaders();
      return [...(this.#out.answer?.headers ?? [])].map(([name, value]) => `${name}: ${value}\r\n`).join('');
    }

    override get readyState(): number {
      return this.#out ? this.#out.state : super.readyState;
    }
    override get status(): number {
      return this.#out ? (this.#out.answer?.status ?? 0) : super.status;
    }
    override get statusText(): string {
      return this.#out ? (this.#out.answer?.statusText ?? '') : super.statusText;
    }
    override get responseURL(): string {
      return this.#out ? (this.#out.answer?.url ?? '') : super.responseURL;
    }
    override get responseXML(): Document | null {
      return this.#out ? null : super.responseXML;
    }
    override get responseText(): string {
      if (!this.#out) return super.responseText;
      if (this.responseType !== '' && this.responseType !== 'text')
        throw invalid('The response is not text.');
      return this.response as string;
    }
    override get response(): unknown {
      const out = this.#out;
      if (!out) return super.response;
      const as = this.responseType || 'text';
      if (out.answer === null || out.state < (as === 'text' ? LOADING : DONE))
        return as === 'text' ? '' : null;
      if (out.read?.as !== as) out.read = { as, value: readAs(as, out, this.#mime) };
      return out.read.value;
    }

    #arrive(out: Outside, answer: Response, bytes: ArrayBuffer): void {
      const steps = [
        () => {
          out.answer = answer;
          this.#move(out, HEADERS_RECEIVED);
        },
        () => {
          out.bytes = bytes;
          if (bytes.byteLength > 0) this.#move(out, LOADING);
        },
        () => this.#fire('progress', bytes.byteLength),
        () => {
          clearTimeout(out.timer);
          this.#move(out, DONE);
        },
        () => this.#fire('load', bytes.byteLength),
        () => this.#fire('loadend', bytes.byteLength),
      ];
      // A listener can abort the request, or open it anew.
      for (const step of steps) if (this.#out === out && !out.ends.signal.aborted) step();
    }

    #fail(out: Outside, why: 'error' | 'abort' | 'timeout'): void {
      if (this.#out !== out || out.state === DONE || out.ends.signal.aborted) return;
      this.#drop();
      out.answer = null;
      this.#move(out, DONE);
      this.#fire(why);
      this.#fire('loadend');
    }

    /** Lets go of the request, whose end nobody will hear of. */
    #drop(): void {
      if (!this.#out) return;
      clearTimeout(this.#out.timer);
      this.#out.ends.abort();
    }

    #move(out: Outside, state: number): void {
      out.state = state;
      this.dispatchEvent(new Event('readystatechange'));
    }

    #fire(type: string, bytes = 0): void {
      this.dispatchEvent(
        new ProgressEvent(type, { lengthComputable: bytes > 0, loaded: bytes, total: bytes }),
      );
    }
  };
}

function readAs(as: XMLHttpRequestResponseType, { answer, bytes }: Outside, mime: string): unknown {
  const type = mime || (answer?.headers.get('content-type') ?? '');
  switch (as) {
    case 'arraybuffer':
      return bytes;
    case 'blob':
      return new Blob([bytes], { type });
    case 'json':
      try {
        return JSON.parse(new TextDecoder().decode(bytes));
      } catch {
        return null;
      }
    case 'text':
      return textOf(bytes, type);
    default:
      return null;
  }
}

function textOf(bytes: ArrayBuffer, type: string): string {
  const charset = /;\s*charset="?([^\s;"]+)/i.exec(type)?.[1];
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes); // it names no charset
  }
}

function unsent(out: Outside): Outside {
  if (out.state !== OPENED || out.sent) throw invalid('The request is not open, or was sent already.');
  return out;
}

const invalid = (message: string) => new DOMException(message, 'InvalidStateError');
