// Sounds that the page makes: as files, since a file can be played on any loudspeaker,
// and an AudioContext in some browsers only on the system's.

const rate = 16_000;

/** Sample is a sound: its amplitude, from -1 to 1, after t seconds. */
export type Sample = (t: number) => number;

/** wav is a file of 16 bits with a channel for each of these sounds. */
export function wav(seconds: number, ...channels: Sample[]): Uint8Array<ArrayBuffer> {
  const frames = Math.round(seconds * rate);
  const block = 2 * channels.length;
  const file = new Uint8Array(44 + frames * block);
  const view = new DataView(file.buffer);
  const text = (at: number, s: string) => file.set(new TextEncoder().encode(s), at);
  text(0, "RIFF");
  view.setUint32(4, file.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, channels.length, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * block, true);
  view.setUint16(32, block, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, frames * block, true);
  for (let n = 0; n < frames; n++) {
    channels.forEach((sample, c) => {
      view.setInt16(44 + n * block + 2 * c, Math.round(32_767 * Math.max(-1, Math.min(1, sample(n / rate)))), true);
    });
  }
  return file;
}

/** soft takes the clicks off both ends of a sound of so many seconds. */
function soft(seconds: number, sample: Sample): Sample {
  const edge = 0.03;
  return (t) => sample(t) * Math.min(1, t / edge, Math.max(0, (seconds - t) / edge));
}

const sine = (hz: number, t: number) => Math.sin(2 * Math.PI * hz * t);

/** chirp is one ring: two tones that alternate. */
export const chirp = (): Uint8Array<ArrayBuffer> =>
  wav(
    1.1,
    soft(1.1, (t) => 0.25 * sine(Math.floor(t / 0.09) % 2 === 0 ? 660 : 880, t)),
  );

/** twoTones is a key of a telephone, softly: she is to hear the caller above it. */
export const twoTones = (low: number, high: number): Uint8Array<ArrayBuffer> =>
  wav(
    0.12,
    soft(0.12, (t) => 0.04 * (sine(low, t) + sine(high, t))),
  );

/** ringback is heard while somebody is called, in its rhythm: 1 s of each 4. */
export const ringback = (): Uint8Array<ArrayBuffer> =>
  wav(
    1,
    soft(1, (t) => 0.06 * sine(425, t)),
  );

/** busy is that it came to nothing: three short tones. */
export const busy = (): Uint8Array<ArrayBuffer> => {
  const short = soft(0.2, (t) => 0.06 * sine(425, t));
  return wav(1, (t) => (t % 0.4 < 0.2 ? short(t % 0.4) : 0));
};

export type Side = "left" | "right";

/** beep is a tone in one ear. */
export function beep(side: Side): Uint8Array<ArrayBuffer> {
  const tone = soft(0.8, (t) => 0.25 * sine(440, t));
  const silence = () => 0;
  return side === "left" ? wav(0.8, tone, silence) : wav(0.8, silence, tone);
}

/** Player plays one sound on any outputs at once. */
export class Player {
  private readonly elements = new Map<string, HTMLAudioElement>();
  private address = "";

  constructor(private readonly file: () => Uint8Array<ArrayBuffer>) {}

  /** play plays it from its beginning, on these sinks; on the system's output in place of one that is gone. */
  play(sinks: readonly string[]): void {
    for (const sink of sinks) void this.playOn(sink);
  }

  /** stop ends it where it is being played. */
  stop(): void {
    for (const element of this.elements.values()) element.pause();
  }

  private async playOn(sink: string): Promise<void> {
    this.address ||= URL.createObjectURL(new Blob([this.file()], { type: "audio/wav" }));
    let element = this.elements.get(sink);
    if (!element) {
      element = new Audio(this.address);
      this.elements.set(sink, element);
    }
    await sendTo(element, sink);
    element.currentTime = 0;
    await element.play().catch(() => {}); // the page may not sound yet
  }
}

/** sendTo has an element heard on a sink, or, where that cannot be, on the system's. */
export async function sendTo(element: HTMLAudioElement, sink: string): Promise<void> {
  if (!element.setSinkId || element.sinkId === sink) return;
  await element.setSinkId(sink).catch(() => element.setSinkId("").catch(() => {}));
}
