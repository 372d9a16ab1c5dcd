const declared = 'http://127.0.0.1:@@port@@';

/** The first answer of a worker. */
const answer = (worker, data) =>
  new Promise((resolve, reject) => {
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message ?? 'the worker did not start'));
    worker.postMessage(data);
  });

const saved = (name, href) => {
  const link = document.createElement('a');
  link.download = name;
  link.href = href;
  link.click();
};

export const steps = {
  scripts: () => `${window.early} ${document.body.dataset.late}`,

  storage: () => {
    localStorage.setItem('colour', 'green');
    sessionStorage.setItem('colour', 'green');
    document.cookie = 'colour=green';
    return [localStorage.getItem('colour'), sessionStorage.getItem('colour'), document.cookie];
  },

  history: () => {
    history.pushState({}, '', '/#/other');
    return location.hash;
  },

  module: () =>
    answer(new Worker(new URL('./module.worker.js', import.meta.url), { type: 'module' }), [6, 7]),

  classic: () => answer(new Worker('./classic.js'), [40, 2]),

  blob: () => {
    const text = 'onmessage = (event) => postMessage(`blob ${String(event.data[0])}`)';
    return answer(new Worker(URL.createObjectURL(new Blob([text]))), [42]);
  },

  alert: () => {
    alert('Saved.');
    return 'said';
  },

  confirm: () => {
    if (!confirm('Delete the note?')) return 'kept';
    document.querySelector('#note').remove();
    return 'deleted';
  },

  download: () => {
    const href = URL.createObjectURL(new Blob(['BEGIN:VCALENDAR'], { type: 'text/calendar' }));
    saved('plan.ics', href);
    URL.revokeObjectURL(href);
    return 'given';
  },

  data: () => {
    saved('hello.txt', 'data:text/plain;base64,aGVsbG8=');
    return 'given';
  },

  popup: () => String(window.open('https://other.example/popup')),

  fetch: async () => (await fetch(`${declared}/page`)).text(),
  sdk: (haex) => haex.web.fetchTextAsync(`${declared}/sdk`),
  elsewhere: async () => (await fetch('https://other.example/secret')).text(),
  undeclared: (haex) => haex.web.fetchTextAsync('https://other.example/secret'),
  own: async () => (await fetch('./add.js')).status,
};
