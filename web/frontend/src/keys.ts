// The keys that an agent presses towards the far end: how they sound to her, and how
// they are gathered into messages.
import { Player, twoTones } from "./tones";

/** keypad is a telephone's, row by row. */
export const keypad = ["123", "456", "789", "*0#"];

const gather = 150; // ms in which keys become one message
const keyLasts = 200; // ms that the server takes to press one
const commaLasts = 500; // ms
const most = 32; // keys in a message
const countedWithin = 3000; // ms, from a message to the desk that counts its keys

/** pressable is what of a text can be pressed: keys, and commas for pauses. */
export function pressable(text: string): string {
  return text.replace(/[^0-9*#,]/g, "");
}

/**
 * Keys gathers what is pressed. Each message says how many keys were pressed in the talk
 * before, so that the server knows a repeat. A key that got lost is not sent again: the
 * agent hears what the far end makes of it.
 */
export class Keys {
  private pressed = ""; // and not sent yet; with commas
  private timer = 0;
  private counted = 0; // by the server
  private sent = 0; // and not counted yet
  private doubt = 0; // timer

  constructor(private readonly send: (keys: string, after: number) => void) {}

  press(keys: string): void {
    this.pressed += keys;
    if (keys && !this.timer) this.wait(gather);
  }

  /** count takes what the server has counted in this talk. */
  count(counted: number): void {
    this.sent = Math.max(0, this.counted + this.sent - counted);
    this.counted = counted;
    if (this.sent === 0) clearTimeout(this.doubt);
  }

  /** lost: keys that were sent and not counted will not be counted any more. */
  lost(): void {
    this.sent = 0;
    clearTimeout(this.doubt);
  }

  /** clear begins another talk. */
  clear(): void {
    this.lost();
    clearTimeout(this.timer);
    this.timer = this.counted = 0;
    this.pressed = "";
  }

  private wait(ms: number): void {
    this.timer = window.setTimeout(() => this.flush(), ms);
  }

  private flush(): void {
    this.timer = 0;
    const keys = this.pressed.match(/^[^,]*/)![0].slice(0, most);
    const commas = this.pressed.slice(keys.length).match(/^,*/)![0].length;
    this.pressed = this.pressed.slice(keys.length + commas);
    if (keys) {
      this.send(keys, this.counted + this.sent);
      this.sent += keys.length;
      clearTimeout(this.doubt);
      this.doubt = window.setTimeout(() => this.lost(), countedWithin);
    }
    if (commas > 0) this.wait(keys.length * keyLasts + commas * commaLasts);
    else if (this.pressed) this.wait(0);
  }
}

const rows = [697, 770, 852, 941]; // Hz
const columns = [1209, 1336, 1477];

/** tones are the two tones of a key, in Hz (ITU-T Q.23). */
export function tones(key: string): [number, number] {
  const row = keypad.findIndex((keys) => keys.includes(key));
  return [rows[row]!, columns[keypad[row]!.indexOf(key)]!];
}

/** KeySounds plays keys to the agent, on these sinks, as the far end hears them. */
export class KeySounds {
  private readonly players = new Map<string, Player>();

  constructor(private readonly sinks: () => string[]) {}

  play(pressed: string): void {
    let at = 0; // ms
    for (const key of pressed) {
      if (key !== ",") setTimeout(() => this.sound(key), at);
      at += key === "," ? commaLasts : keyLasts;
    }
  }

  private sound(key: string): void {
    let player = this.players.get(key);
    if (!player) {
      player = new Player(() => twoTones(...tones(key)));
      this.players.set(key, player);
    }
    player.play(this.sinks());
  }
}
