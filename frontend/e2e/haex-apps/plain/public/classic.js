importScripts('add.js');
onmessage = (event) => postMessage(`classic ${String(add(...event.data))} ${location.protocol}`);
