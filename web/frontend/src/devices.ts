// Which microphone and which loudspeakers are used. What follows from what was chosen
// and what is there are plain functions; Devices asks the browser and remembers.

export interface Device {
  id: string;
  label: string;
}

/** Kind: the microphone, what is heard of the caller, and what rings. */
export type Kind = "mic" | "ear" | "bell";

/** Choices are what was chosen in this browser; null: whatever the system uses. */
export type Choices = Record<Kind, Device | null>;

/** allOutputs is the choice of a bell that rings everywhere. */
export const allOutputs: Device = { id: "all", label: "" };

/**
 * find finds the device that was chosen: by its id, else by its label, since a browser may
 * give a device another id. by "system": it is not there, or none was chosen.
 */
export function find(choice: Device | null, there: readonly Device[]): { device: Device | null; by: "id" | "label" | "system" } {
  const byId = there.find((d) => d.id === choice?.id);
  if (byId) return { device: byId, by: "id" };
  const byLabel = choice?.label ? there.find((d) => d.label === choice.label) : undefined;
  return byLabel ? { device: byLabel, by: "label" } : { device: null, by: "system" };
}

/** missing is the device that was chosen, if it is not there. */
export function missing(choice: Device | null, there: readonly Device[]): Device | null {
  return choice && choice.id !== allOutputs.id && !find(choice, there).device ? choice : null;
}

/** sinksOf are the outputs that a sound goes to, as setSinkId takes them; "" is the system's own. */
export function sinksOf(choice: Device | null, outputs: readonly Device[]): string[] {
  if (choice?.id === allOutputs.id && outputs.length > 0) return outputs.map((d) => d.id);
  return [find(choice, outputs).device?.id ?? ""];
}

/** Microphone is how things stand with the microphone. */
export interface Microphone {
  choice: Device | null;
  used: Device | null; // null: none
  there: readonly Device[];
  before: readonly Device[]; // used earlier, the latest first
  ended: boolean; // the browser says that the one in use gives nothing more
  flat: boolean; // it gives exact zeros, which no room does, and was not opened anew for it
  due: boolean; // a caller rings or is there
}

/** Step is what to do about the microphone. A device of null is the system's own. */
export type Step = { do: "keep" } | { do: "stop" } | { do: "open"; device: Device | null; why: "chosen" | "next" | "again" };

/**
 * microphoneStep: a microphone that is gone in a talk is replaced by the next one that is
 * known, and the chosen one is taken again as soon as it is back. When nobody is there to
 * hear, a chosen one is not replaced: she would not notice that callers hear another.
 */
export function microphoneStep(m: Microphone): Step {
  const chosen = find(m.choice, m.there).device;
  const listed = m.there.some((d) => d.id === m.used?.id) || (m.used?.id === "default" && m.there.length > 0);
  if (m.used && listed && !m.ended) {
    if (chosen && chosen.id !== m.used.id) return { do: "open", device: chosen, why: "chosen" };
    // A switch on the headset gives zeros, too. So no other is taken, but this one is tried anew.
    return m.flat ? { do: "open", device: m.used, why: "again" } : { do: "keep" };
  }
  if (chosen) return { do: "open", device: chosen, why: chosen.id === m.used?.id ? "again" : "chosen" };
  if (m.there.length === 0 || (m.choice && !m.due)) return m.used ? { do: "stop" } : { do: "keep" };
  const next = m.before.find((d) => d.id !== m.used?.id && find(d, m.there).device);
  return { do: "open", device: next ? find(next, m.there).device : null, why: "next" };
}

const key = "presszero.devices";
const lookEvery = 5000; // a browser does not tell of every device that is pulled
const settle = 500; // one that is plugged in is told several times

/** Devices are those of this machine, and the choice among them. */
export class Devices {
  mics: Device[] = [];
  outputs: Device[] = [];
  choices: Choices = recall();
  private looking = 0;
  private settling = 0;

  constructor(private readonly onChange: () => void) {}

  start(): void {
    navigator.mediaDevices?.addEventListener("devicechange", this.changed);
    this.looking = window.setInterval(() => void this.look(), lookEvery);
    void this.look();
  }

  stop(): void {
    navigator.mediaDevices?.removeEventListener("devicechange", this.changed);
    clearInterval(this.looking);
    clearTimeout(this.settling);
  }

  /** look asks what is there. A browser names nothing before it has given a microphone. */
  async look(): Promise<void> {
    const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    const mics = listed(all, "audioinput");
    const outputs = listed(all, "audiooutput");
    if (same(mics, this.mics) && same(outputs, this.outputs)) return;
    this.mics = mics;
    this.outputs = outputs;
    this.onChange();
  }

  /** choose must be called from a key or a click: Firefox asks about a loudspeaker. */
  async choose(kind: Kind, device: Device | null): Promise<void> {
    if (kind !== "mic" && device && device.id !== allOutputs.id) device = await permitted(device);
    this.choices = { ...this.choices, [kind]: device };
    try {
      localStorage.setItem(key, JSON.stringify(this.choices));
    } catch {
      // It counts until the page is closed.
    }
    this.onChange();
  }

  private readonly changed = () => {
    clearTimeout(this.settling);
    this.settling = window.setTimeout(() => {
      void this.look();
    }, settle);
  };
}

type Selects = { selectAudioOutput?: (options: { deviceId: string }) => Promise<MediaDeviceInfo> };

/** permitted is the loudspeaker that the browser lets this page use: the same, or the one answered to its question. */
async function permitted(device: Device): Promise<Device> {
  const media = navigator.mediaDevices as MediaDevices & Selects;
  if (!media.selectAudioOutput) return device;
  try {
    await new Audio().setSinkId(device.id);
    return device;
  } catch {
    // Only what was chosen in the browser's own list may be used.
  }
  try {
    const { deviceId, label } = await media.selectAudioOutput({ deviceId: device.id });
    return { id: deviceId, label };
  } catch {
    return device; // nothing was chosen there
  }
}

/** listed leaves out the entries that stand for other ones, and those without a name. */
function listed(all: MediaDeviceInfo[], kind: MediaDeviceKind): Device[] {
  return all
    .filter((d) => d.kind === kind && d.deviceId !== "" && d.deviceId !== "default" && d.deviceId !== "communications")
    .map((d) => ({ id: d.deviceId, label: d.label }));
}

function same(a: Device[], b: Device[]): boolean {
  return a.length === b.length && a.every((d, i) => d.id === b[i]?.id && d.label === b[i]?.label);
}

/** recall is what was chosen when this browser was last here. */
function recall(): Choices {
  let kept: Partial<Choices> = {};
  try {
    kept = (JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Choices> | null) ?? {};
  } catch {
    // Nothing is kept, or nothing that can be read.
  }
  const device = (d: Device | null | undefined) => (typeof d?.id === "string" && typeof d.label === "string" ? { id: d.id, label: d.label } : null);
  return { mic: device(kept.mic), ear: device(kept.ear), bell: device(kept.bell) };
}
