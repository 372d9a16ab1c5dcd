// Calls on the port that the SDK of the page has accepted. The SDK knows none of
// their ids and lets their answers pass.
const accepted = 'haexspace:port:ready';
const resolvedType = 'extension:permission-resolved';
const promptRequired = 1004;
const denied = 1002;
/** Times that a person is asked for one call, as in the SDK. */
const mostQuestions = 3;

interface Failure {
  code?: unknown;
  message?: unknown;
  resourceType?: unknown;
  action?: unknown;
  target?: unknown;
}
interface Heard {
  id?: unknown;
  type?: unknown;
  result?: unknown;
  error?: Failure | null;
  data?: Failure & { decision?: unknown };
}

const pending = new Map<string, (answer: Heard) => void>();
const questions = new Map<string, ((granted: boolean) => void)[]>();
let last = 0;
let adopt: (port: MessagePort) => void = () => undefined;
const port = new Promise<MessagePort>((resolve) => {
  adopt = resolve;
});

const subject = (about: Failure) => JSON.stringify([about.resourceType, about.action, about.target]);

/** Waits for the SDK to accept a port, and listens there too. */
export function findPort(): void {
  const post = MessagePort.prototype.postMessage as (this: MessagePort, ...args: unknown[]) => void;
  MessagePort.prototype.postMessage = function (this: MessagePort, ...args: unknown[]) {
    if ((args[0] as Heard | null | undefined)?.type === accepted) {
      MessagePort.prototype.postMessage = post;
      this.addEventListener('message', (event: MessageEvent<Heard>) => hear(event.data));
      adopt(this);
    }
    post.apply(this, args);
  };
}

function hear(data: Heard): void {
  if (typeof data.id === 'string') {
    pending.get(data.id)?.(data);
    pending.delete(data.id);
  } else if (data.type === resolvedType && data.data) {
    const key = subject(data.data);
    for (const settle of questions.get(key) ?? []) settle(data.data.decision === 'granted');
    questions.delete(key);
  }
}

/** Makes a call of the app's; one that the person is asked about goes on when they have answered. */
export async function call(method: string, params: object): Promise<unknown> {
  for (let asked = 0; ; asked++) {
    const { error, result } = await once(method, params);
    if (!error) return result;
    if (error.code !== promptRequired || asked === mostQuestions) throw failed(error);
    const granted = await new Promise<boolean>((resolve) => {
      const key = subject(error);
      questions.set(key, [...(questions.get(key) ?? []), resolve]);
    });
    if (!granted) throw failed({ ...error, code: denied });
  }
}

async function once(method: string, params: object): Promise<Heard> {
  const way = await port;
  const id = `page_${String(++last)}`;
  return new Promise((resolve) => {
    pending.set(id, resolve);
    way.postMessage({ id, method, params, timestamp: Date.now() });
  });
}

function failed(error: Failure): Error {
  return Object.assign(new Error(String(error.message)), { code: error.code });
}
