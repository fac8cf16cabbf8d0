// Ringing: to be heard in the room, seen in the tab bar and, where the person
// has allowed it, outside the browser.
import { chirp, Player, ringback } from "./tones";

export class Ring {
  private readonly sound = new Player(chirp);
  private timer = 0;
  private title = "";
  private notification: Notification | null = null;

  /** sinks are the outputs on which it rings. */
  constructor(private readonly sinks: () => string[]) {}

  get on(): boolean {
    return this.timer !== 0;
  }

  start(caller: string, text: string): void {
    if (this.on) return;
    this.title = document.title;
    let step = 0;
    const beat = () => {
      if (step % 3 === 0) this.sound.play(this.sinks());
      document.title = step % 2 === 0 ? `☎ ${caller}` : text;
      step++;
    };
    beat();
    this.timer = window.setInterval(beat, 1000);
    this.notify(caller, text);
  }

  stop(): void {
    if (!this.on) return;
    clearInterval(this.timer);
    this.timer = 0;
    document.title = this.title;
    this.notification?.close();
    this.notification = null;
  }

  private notify(caller: string, text: string): void {
    if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
    try {
      this.notification = new Notification(caller, { body: text, tag: "presszero", requireInteraction: true });
      this.notification.onclick = () => window.focus();
    } catch {
      // Some browsers let only service workers notify; the page rings anyway.
    }
  }
}

const ringbackEvery = 4000; // ms

/** Ringback is what an agent hears while a colleague's page rings for her. */
export class Ringback {
  private readonly sound = new Player(ringback);
  private timer = 0;

  constructor(private readonly sinks: () => string[]) {}

  /** sounds begins it, or ends it. */
  sounds(on: boolean): void {
    if (on === (this.timer !== 0)) return;
    clearInterval(this.timer);
    this.timer = 0;
    if (!on) {
      this.sound.stop();
      return;
    }
    const beat = () => this.sound.play(this.sinks());
    beat();
    this.timer = window.setInterval(beat, ringbackEvery);
  }
}
