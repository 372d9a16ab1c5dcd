importScripts('add.js');
onmessage = (event) => postMessage(`classic ${String(self.add(...event.data))} ${location.protocol}`);
