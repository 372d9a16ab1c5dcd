// XMLHttpRequest, as libraries use it, and beacons.
const declared = 'http://127.0.0.1:@@port@@';

const events = ['loadstart', 'progress', 'load', 'error', 'abort', 'timeout', 'loadend'];

/** Makes a request; gives it and what it was heard to do, in order. */
function requested(url, { method = 'GET', type = '', headers = {}, body, timeout = 0, then } = {}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const heard = [];
    for (const name of events) request.addEventListener(name, () => heard.push(name));
    request.onreadystatechange = () => heard.push(request.readyState);
    request.onloadend = () => setTimeout(() => resolve({ request, heard: heard.join(' ') }));
    request.open(method, url);
    request.responseType = type;
    request.timeout = timeout;
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
    then?.(request);
  });
}

export const requests = {
  xhr: async () => {
    const { request, heard } = await requested(`${declared}/xhr`);
    return [heard, request.status, request.statusText, request.responseText, request.responseURL].join(', ');
  },

  kinds: async () => {
    const read = async (type) => (await requested(`${declared}/json`, { type })).request.response;
    const bytes = await read('arraybuffer');
    const blob = await read('blob');
    return [await read('text'), (await read('json')).a, bytes.byteLength, await blob.text()].join(', ');
  },

  post: async () => {
    const headers = { 'Content-Type': 'application/json', 'X-Key': 'k' };
    const { request } = await requested(`${declared}/echo`, { method: 'POST', headers, body: '{"b":2}' });
    const { type, key, body } = JSON.parse(request.response);
    const answered = /^x-answer: yes\r$/m.test(request.getAllResponseHeaders());
    return [request.status, type, key, body, request.getResponseHeader('X-Answer'), answered].join(', ');
  },

  abort: async () => {
    const { request, heard } = await requested(`${declared}/slow`, { then: (one) => one.abort() });
    return [heard, request.readyState, request.status].join(', ');
  },

  timeout: async () => {
    const { request, heard } = await requested(`${declared}/slow`, { timeout: 50 });
    return [heard, request.readyState, request.status].join(', ');
  },

  other: async () => {
    const { request, heard } = await requested('https://other.example/xhr');
    return [heard, request.status, request.responseText].join(', ');
  },

  file: async () => {
    const { request } = await requested('./add.js');
    return [request.status, request.responseText.includes('product')].join(', ');
  },

  sync: () => {
    const request = new XMLHttpRequest();
    request.open('GET', 'https://sync.example/', false);
    try {
      request.send();
      return 'sent';
    } catch (error) {
      return error.name;
    }
  },

  beacon: () => navigator.sendBeacon(`${declared}/beacon`, 'bye'),
};
