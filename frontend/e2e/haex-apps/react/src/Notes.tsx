export default function Notes() {
  return <p id="lazy">Loaded when it was needed.</p>;
}
