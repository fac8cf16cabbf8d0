// The proof of life of a page that waits: a burst of voice each second instead of 50
// packets. docs/desk-protocol.md says what it promises.

/** burstsLine is in the offer of a page that can do it, and in the answer of a server that knows of it. */
export const burstsLine = "a=presszero-bursts\r\n";

// In ms.
export const burstEvery = 1000;
export const burstLong = 40; // a browser in view says 60 ms more
export const firstBurst = 500; // from the beginning of a rest

/** canBurst: the browser has what it takes. */
export const canBurst = (): boolean => typeof Worker !== "undefined" && "replaceTrack" in RTCRtpSender.prototype;

/** Bursts lets a sender rest. Without a track a sender sends nothing, and with it, at once. */
export class Bursts {
  private clock: Worker | null = null;
  private speaks = true; // by the last turn
  private turning = false;

  constructor(
    private readonly sender: Pick<RTCRtpSender, "replaceTrack">,
    private track: MediaStreamTrack,
  ) {}

  rest(on: boolean): void {
    if (on === !!this.clock) return;
    if (!on) {
      this.stop();
      return;
    }
    this.clock = new Worker("/assets/clock.js");
    this.clock.onmessage = (e: MessageEvent<boolean>) => this.turn(e.data);
    this.clock.onerror = () => this.stop(); // it sends all the time then, as pages did before
    this.clock.postMessage(true);
  }

  /** send has another track sent from now on. */
  async send(track: MediaStreamTrack): Promise<void> {
    this.track = track;
    if (!this.turning) await this.follow();
  }

  private stop(): void {
    this.clock?.terminate();
    this.clock = null;
    this.turn(true);
  }

  /** turn makes the sender speak or not. The browser is slower than the turns perhaps: the last one counts. */
  private turn(speak: boolean): void {
    this.speaks = speak;
    if (!this.turning) void this.follow();
  }

  private async follow(): Promise<void> {
    const wanted = () => (this.speaks ? this.track : null);
    this.turning = true;
    try {
      for (let is: MediaStreamTrack | null | undefined; is !== wanted(); ) {
        is = wanted();
        await this.sender.replaceTrack(is);
      }
    } catch {
      // The connection has ended; the next one has its own.
    }
    this.turning = false;
  }
}
