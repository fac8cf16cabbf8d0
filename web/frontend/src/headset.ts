// The keys of a headset: answer, hang up, mute, where the browser has WebHID, by the
// standard usages of HID (Usage Tables 1.5, pages 0x0B and 0x08). Elsewhere, what the
// system passes on to the page (Media Session). Nothing depends on either.

const telephony = 0x0b;
const hookSwitch = 0x0b0020;
const phoneMute = 0x0b002f;
const lampMute = 0x080009;
const lampOffHook = 0x080017;
const lampRing = 0x080018;

// The parts of WebHID that are used here.
export interface Item {
  isRange?: boolean;
  usages?: readonly number[];
  usageMinimum?: number;
  usageMaximum?: number;
  isArray?: boolean;
  isAbsolute?: boolean;
  logicalMinimum?: number;
  reportSize?: number; // bits of one field
  reportCount?: number; // fields
}
export interface Report {
  reportId?: number;
  items?: readonly Item[];
}
export interface Collection {
  usagePage?: number;
  children?: readonly Collection[];
  inputReports?: readonly Report[];
  outputReports?: readonly Report[];
}
export interface HidDevice {
  readonly opened: boolean;
  readonly productName: string;
  readonly collections: readonly Collection[];
  oninputreport: ((e: { reportId: number; data: DataView }) => void) | null;
  open(): Promise<void>;
  close(): Promise<void>;
  sendReport(id: number, data: Uint8Array<ArrayBuffer>): Promise<void>;
}
export interface Hid {
  getDevices(): Promise<HidDevice[]>;
  requestDevice(options: { filters: { usagePage: number }[] }): Promise<HidDevice[]>;
}

/** Field is one value within a report. */
interface Field {
  report: number;
  bit: number;
  size: number;
  item: Item;
  usage: number; // of an array's field it is its value that says which
}

/** fieldsOf are the fields of reports, in the order in which they lie there. */
function fieldsOf(reports: readonly Report[]): Field[] {
  const fields: Field[] = [];
  for (const r of reports) {
    let bit = 0;
    for (const item of r.items ?? []) {
      const size = item.reportSize ?? 0;
      for (let n = 0; n < (item.reportCount ?? 0); n++, bit += size) {
        fields.push({ report: r.reportId ?? 0, bit, size, item, usage: item.isArray ? 0 : usageOf(item, n) });
      }
    }
  }
  return fields;
}

/** usageOf is the n-th usage of an item; 0: there is none. */
function usageOf(item: Item, n: number): number {
  if (n < 0) return 0;
  if (!item.isRange) return item.usages?.[Math.min(n, item.usages.length - 1)] ?? 0;
  return Math.min((item.usageMinimum ?? 0) + n, item.usageMaximum ?? 0);
}

/** canTell: the field may say that this usage is on. */
function canTell({ item, usage }: Field, of: number): boolean {
  if (!item.isArray) return usage === of;
  return item.isRange ? (item.usageMinimum ?? 0) <= of && of <= (item.usageMaximum ?? 0) : !!item.usages?.includes(of);
}

/** told is the usage that a field says is on; 0: none. */
function told(data: DataView, f: Field): number {
  const value = valueAt(data, f);
  if (f.item.isArray) return usageOf(f.item, value - (f.item.logicalMinimum ?? 0));
  return value === 0 ? 0 : f.usage;
}

/** valueAt reads a field; bits beyond the end are 0. */
function valueAt(data: DataView, { bit, size }: Field): number {
  let value = 0;
  for (let i = 0; i < size; i++) {
    const at = bit + i;
    if (at >> 3 < data.byteLength && (data.getUint8(at >> 3) >> (at & 7)) & 1) value |= 1 << i;
  }
  return value;
}

/** reportsOf are all reports of a device, in or out, of whatever collection. */
function reportsOf(collections: readonly Collection[], way: "inputReports" | "outputReports"): Report[] {
  return collections.flatMap((c) => [...(c[way] ?? []), ...reportsOf(c.children ?? [], way)]);
}

/** hasKeys: the device says that it is a headset's or a telephone's. */
export function hasKeys(device: HidDevice): boolean {
  const any = (list: readonly Collection[]): boolean => list.some((c) => c.usagePage === telephony || any(c.children ?? []));
  return any(device.collections);
}

/** Wishes are what is asked for by a key. */
export interface Wishes {
  answer(): void;
  hangUp(): void;
  mute(on: boolean): void;
}

/** Situation is what the headset is to know of the telephone. */
export interface Situation {
  ringing: boolean;
  talking: boolean;
  muted: boolean;
}

const nothing: Situation = { ringing: false, talking: false, muted: false };

/** A key that springs back says "off" at once; a person does not change her mind so fast. */
const springsBack = 500;
const repeats = 1000; // ms within which a headset repeats what it was told

/**
 * Headset is the one whose keys count. It is open between a ring and the end of the talk
 * only, since a headset serves one program at a time.
 */
export class Headset {
  private device: HidDevice | null = null;
  private fields: Field[] = [];
  private readonly held = new Map<number, number>(); // usages that are on, and since when
  private lit = 0; // when the off-hook lamp went on
  private wanted = nothing;
  private shown: Situation | null = null; // on the device's lamps
  private settling = false;

  constructor(
    private readonly hid: Hid | undefined,
    private readonly wishes: Wishes,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  get supported(): boolean {
    return !!this.hid;
  }

  /** names are the headsets whose keys this page may use. */
  async names(): Promise<string[]> {
    return (await this.granted()).map((d) => d.productName);
  }

  /** ask has the browser ask which headset; it must be called from a click. */
  async ask(): Promise<void> {
    await this.hid?.requestDevice({ filters: [{ usagePage: telephony }] }).catch(() => []);
  }

  /** follow shows the situation on the headset, and hears its keys while they mean anything. */
  follow(s: Situation): void {
    const w = this.wanted;
    if (s.ringing === w.ringing && s.talking === w.talking && s.muted === w.muted) return;
    this.wanted = s;
    if (!this.settling) void this.settle();
  }

  private async settle(): Promise<void> {
    this.settling = true;
    for (let s: Situation | null = null; s !== this.wanted; ) {
      s = this.wanted;
      try {
        await this.apply(s);
      } catch {
        this.forget(); // it was pulled, or another program has it
      }
    }
    this.settling = false;
  }

  private async apply(s: Situation): Promise<void> {
    const due = s.ringing || s.talking;
    if (due && !this.device) await this.open();
    if (!this.device) return;
    await this.light(s);
    if (due) return;
    const device = this.device;
    this.forget();
    await device.close();
  }

  private async granted(): Promise<HidDevice[]> {
    return ((await this.hid?.getDevices().catch(() => [])) ?? []).filter(hasKeys);
  }

  private async open(): Promise<void> {
    for (const device of await this.granted()) {
      try {
        if (!device.opened) await device.open();
      } catch {
        continue; // another program has it
      }
      this.device = device;
      this.fields = fieldsOf(reportsOf(device.collections, "inputReports"));
      this.shown = null;
      device.oninputreport = (e) => this.hear(e.reportId, e.data);
      return;
    }
  }

  private forget(): void {
    if (this.device) this.device.oninputreport = null;
    this.device = null;
    this.held.clear();
  }

  /** light sets the lamps. A headset takes its mute for granted only if its lamp says so. */
  private async light(s: Situation): Promise<void> {
    const was = this.shown;
    if (was && was.ringing === s.ringing && was.talking === s.talking && was.muted === s.muted) return;
    this.shown = s;
    if (s.talking && !was?.talking) this.lit = this.clock();
    const on = new Set<number>();
    if (s.talking) on.add(lampOffHook);
    if (s.ringing) on.add(lampRing);
    if (s.talking && s.muted) on.add(lampMute);
    const lamps = new Set([lampOffHook, lampRing, lampMute]);
    for (const r of reportsOf(this.device!.collections, "outputReports")) {
      const fields = fieldsOf([r]);
      const last = fields.at(-1);
      if (!last || !fields.some((f) => lamps.has(f.usage))) continue;
      const data = new Uint8Array((last.bit + last.size + 7) >> 3);
      for (const f of fields) if (on.has(f.usage)) data[f.bit >> 3]! |= 1 << (f.bit & 7);
      await this.device!.sendReport(r.reportId ?? 0, data);
    }
  }

  private hear(report: number, data: DataView): void {
    for (const usage of [hookSwitch, phoneMute]) {
      const fields = this.fields.filter((f) => f.report === report && canTell(f, usage));
      if (fields.length === 0) continue; // volume, for instance
      const on = fields.some((f) => told(data, f) === usage);
      if (fields[0]!.item.isAbsolute !== false) this.turn(usage, on);
      else if (on) this.press(usage); // a relative key tells only that it was pressed
    }
  }

  /** turn takes that a key is on or off: one that stays where it is put, or one that springs back. */
  private turn(usage: number, on: boolean): void {
    if (on === this.held.has(usage)) return;
    const now = this.clock();
    if (on) {
      this.held.set(usage, now);
      // A headset repeats what its lamp has just told it.
      if (usage === hookSwitch && this.wanted.talking && now - this.lit < repeats) return;
      this.press(usage);
      return;
    }
    const since = this.held.get(usage) ?? now;
    this.held.delete(usage);
    if (now - since < springsBack || !this.wanted.talking) return;
    if (usage === hookSwitch) this.wishes.hangUp();
    else if (this.wanted.muted) this.wishes.mute(false);
  }

  private press(usage: number): void {
    const { ringing, talking, muted } = this.wanted;
    if (usage === phoneMute) {
      if (talking) this.wishes.mute(!muted);
    } else if (ringing) {
      this.wishes.answer();
    } else if (talking) {
      this.wishes.hangUp();
    }
  }
}

type Actions = Pick<MediaSession, "setActionHandler"> & { setMicrophoneActive?: (on: boolean) => void };

/** MediaKeys are the keys that the system passes on, for headsets that the page cannot ask itself. */
export class MediaKeys {
  private on = false;
  private muted = false;

  constructor(
    private readonly session: Actions | undefined,
    private readonly wishes: Wishes,
  ) {}

  /** follow hears the keys in a talk. */
  follow({ talking, muted }: Situation): void {
    if (talking !== this.on) {
      this.on = talking;
      this.handle("hangup", talking ? () => this.wishes.hangUp() : null);
      this.handle("togglemicrophone", talking ? () => this.wishes.mute(!this.muted) : null);
    }
    this.muted = muted;
    if (talking) this.session?.setMicrophoneActive?.(!muted);
  }

  private handle(action: string, handler: (() => void) | null): void {
    try {
      this.session?.setActionHandler(action as MediaSessionAction, handler);
    } catch {
      // This browser does not know the action.
    }
  }
}
