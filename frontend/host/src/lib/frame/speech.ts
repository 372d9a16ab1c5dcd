import type { FromFrame, ToFrame } from './protocol';
import * as protocol from './protocol';

/** What a speech can do with the port that was pinned, and with what it has heard there. */
export interface Wires {
  /** Says something to the frame. */
  post(message: unknown, transfer?: Transferable[]): void;
  /** Sends an envelope to Go. */
  push(envelope: ArrayBuffer): void;
  control(message: FromFrame): void;
}

/** How a frame and the page talk: in Alcove's own words, or in those of another dialect. */
export interface Speech {
  /** Posted to the frame's window, with a port. */
  readonly offer: object;
  /** How long a frame may take until it answers an offer. */
  readonly offerFor: number;
  /** Whether a frame answers a ping. Otherwise a page that was loaded anew takes a new offer. */
  readonly pings: boolean;
  /** Whether this answers an offer. */
  accepts(data: unknown): boolean;
  /** The frame said something. Whether it was a call that went on to Go, where the queue counts it. */
  heard(data: unknown, wires: Wires): boolean;
  /** Go has answered a call. */
  answered(reply: ArrayBuffer, wires: Wires): void;
  say(message: ToFrame, wires: Wires): void;
}

/** Alcove's own: calls and replies are bytes that the page does not look into. */
export class AlcoveSpeech implements Speech {
  readonly offer = protocol.offer;
  readonly offerFor = protocol.offerFor;
  readonly pings = true;

  accepts(data: unknown): boolean {
    return protocol.control(data)?.type === 'hello';
  }

  heard(data: unknown, wires: Wires): boolean {
    if (data instanceof ArrayBuffer) {
      wires.push(data);
      return true;
    }
    const message = protocol.control(data);
    if (message) wires.control(message);
    return false;
  }

  answered(reply: ArrayBuffer, wires: Wires): void {
    wires.post(reply, [reply]);
  }

  say(message: ToFrame, wires: Wires): void {
    wires.post(message);
  }
}
