import { product } from './product.js';

onmessage = (event) => postMessage(`module ${String(product(...event.data))}`);
