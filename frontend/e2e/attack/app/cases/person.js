// What belongs to the person: devices, clipboard, screen, files, place.
import { copy, either, fill, pause, read, select } from '../page.js';

const granted = (ask) => async () => {
  await ask();
  return 'OPEN: granted';
};

export const person = [
  [
    'person.clipboard-read',
    'reading the clipboard',
    async () => `OPEN: ${await navigator.clipboard.readText()}`,
  ],
  [
    'person.clipboard-items',
    'reading what else is in the clipboard',
    async () => `OPEN: ${(await navigator.clipboard.read()).length}`,
  ],
  ['person.clipboard-write', 'filling the clipboard', fill],
  ['person.copy', 'filling the clipboard with a command', copy],
  [
    'person.select',
    'filling what the middle button pastes, by selecting it',
    async (ctx) => {
      select(ctx);
      await pause(100);
    },
  ],
  [
    'person.paste',
    'reading the clipboard with a command',
    async () => {
      const field = document.getElementById('field');
      field.focus();
      field.value = '';
      return document.execCommand('paste') && field.value !== '' ? 'OPEN: pasted' : 'dead: refused';
    },
  ],
  [
    'person.camera',
    'camera and microphone',
    granted(() => navigator.mediaDevices.getUserMedia({ video: true, audio: true })),
  ],
  [
    'person.devices',
    'the names of cameras and microphones',
    read(async () => (await navigator.mediaDevices.enumerateDevices()).map((d) => d.label).join('')),
  ],
  ['person.screen', 'the screen', granted(() => navigator.mediaDevices.getDisplayMedia())],
  [
    'person.place',
    'where the machine is',
    either((open, dead) =>
      navigator.geolocation.getCurrentPosition(
        () => open('place'),
        () => dead('refused'),
      ),
    ),
  ],
  [
    'person.notification',
    'notifications',
    async () => {
      const answer = await Notification.requestPermission();
      return answer === 'granted' ? 'OPEN: granted' : `dead: ${answer}`;
    },
  ],
  [
    'person.push',
    'push messages',
    granted(async () => (await navigator.serviceWorker.ready).pushManager.subscribe()),
  ],
  [
    'person.gamepad',
    'gamepads',
    async () => (navigator.getGamepads().some(Boolean) ? 'OPEN: seen' : 'dead: none'),
  ],
  ['person.usb', 'USB devices', granted(() => navigator.usb.requestDevice({ filters: [] }))],
  [
    'person.hid',
    'keyboards and other input devices',
    granted(() => navigator.hid.requestDevice({ filters: [] })),
  ],
  ['person.serial', 'serial ports', granted(() => navigator.serial.requestPort())],
  [
    'person.bluetooth',
    'Bluetooth',
    granted(() => navigator.bluetooth.requestDevice({ acceptAllDevices: true })),
  ],
  ['person.midi', 'MIDI', granted(() => navigator.requestMIDIAccess({ sysex: true }))],
  ['person.wake-lock', 'keeping the screen awake', granted(() => navigator.wakeLock.request('screen'))],
  [
    'person.idle',
    'whether the person is there',
    async () => {
      const answer = await IdleDetector.requestPermission();
      return answer === 'granted' ? 'OPEN: granted' : `dead: ${answer}`;
    },
  ],
  ['person.fonts', 'the fonts of the machine', read(async () => (await queryLocalFonts()).length || '')],
  [
    'person.speech',
    'speaking',
    async () => {
      if (!('speechSynthesis' in window)) return 'dead: not there';
      return speechSynthesis.getVoices().length > 0 ? 'OPEN: voices' : 'dead: no voices';
    },
  ],
  ['person.share', 'the system’s share sheet', granted(() => navigator.share({ text: 'hostile' }))],
  [
    'person.file',
    'a file dialog',
    async () => {
      const i = document.createElement('input');
      i.type = 'file';
      i.click();

      await pause(400);
    },
  ],
  ['person.picker', 'a file picker', granted(() => window.showOpenFilePicker())],
  ['person.folder', 'a folder picker', granted(() => window.showDirectoryPicker())],
  [
    'person.policy',
    'web features that its page was given',
    async () => {
      const policy = document.featurePolicy ?? document.permissionsPolicy;
      const sensitive = [
        'camera',
        'microphone',
        'geolocation',
        'clipboard-read',
        'clipboard-write',
        'display-capture',
        'fullscreen',
        'usb',
        'hid',
        'serial',
        'midi',
        'payment',
        'storage-access',
        'screen-wake-lock',
        'publickey-credentials-get',
        'identity-credentials-get',
        'idle-detection',
        'local-fonts',
        'gamepad',
        'autoplay',
      ];
      const has = policy.allowedFeatures().filter((f) => sensitive.includes(f));
      return has.length > 0 ? `OPEN: ${has.join(' ')}` : 'dead: none';
    },
  ],
];
