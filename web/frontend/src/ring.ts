// Ringing: to be heard in the room, seen in the tab bar and, where the person
// has allowed it, outside the browser.

export class Ring {
  private timer = 0;
  private title = "";
  private notification: Notification | null = null;

  constructor(private readonly context: () => AudioContext) {}

  get on(): boolean {
    return this.timer !== 0;
  }

  start(caller: string, text: string): void {
    if (this.on) return;
    this.title = document.title;
    let step = 0;
    const beat = () => {
      if (step % 3 === 0) this.chirp();
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

  /** chirp is one ring: two tones that alternate, soft at the edges. */
  private chirp(): void {
    const context = this.context();
    if (context.state !== "running") return;
    const volume = context.createGain();
    volume.connect(context.destination);
    const tone = context.createOscillator();
    tone.connect(volume);
    const begin = context.currentTime;
    volume.gain.setValueAtTime(0, begin);
    for (let i = 0; i < 12; i++) {
      tone.frequency.setValueAtTime(i % 2 === 0 ? 660 : 880, begin + i * 0.09);
    }
    volume.gain.linearRampToValueAtTime(0.25, begin + 0.03);
    volume.gain.setValueAtTime(0.25, begin + 1.0);
    volume.gain.linearRampToValueAtTime(0, begin + 1.08);
    tone.start(begin);
    tone.stop(begin + 1.1);
    tone.onended = () => volume.disconnect();
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
