/** What the activity says of all that the policy of its page kept from the plain app, in every engine. */
export const blocked = [
  'load an image from image.example',
  'load a style sheet from style.example',
  'load a script from script.example',
  'play sound or video from media.example',
  'show a page of frame.example',
  'load a font from font.example',
  'reach source.example',
  'send a form to form.example',
  'load an image from hidden.example',
  'load an image from long.example',
];
