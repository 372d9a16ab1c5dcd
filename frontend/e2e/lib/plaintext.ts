// One way of looking for plaintext, for the window's tests and the browser's.
export { search, traces } from '../window/search';
