// The devices, the keys of the headset, and the sound test before the shift.
import { allOutputs, type Device, find, type Kind, missing } from "./devices";
import type { Phone, PhoneState, Test } from "./phone";
import { sound } from "./texts";

const takesOutput = typeof HTMLAudioElement !== "undefined" && "setSinkId" in HTMLAudioElement.prototype;

export function SoundSettings({ phone, state }: { phone: Phone; state: PhoneState }) {
  return (
    <div class="sounds" role="group" aria-label={sound.title}>
      <Chooser phone={phone} state={state} kind="mic" label={sound.mic} there={state.mics} />
      {takesOutput ? (
        <>
          <Chooser phone={phone} state={state} kind="ear" label={sound.ear} there={state.outputs}>
            <button onClick={() => phone.beep("left")}>{sound.left}</button>
            <button onClick={() => phone.beep("right")}>{sound.right}</button>
          </Chooser>
          <Chooser phone={phone} state={state} kind="bell" label={sound.bell} there={state.outputs}>
            <button onClick={() => phone.ringOnce()}>{sound.ringOnce}</button>
          </Chooser>
        </>
      ) : (
        <p class="hint">{sound.noOutputs}</p>
      )}
      <SelfTest phone={phone} state={state} />
      {phone.canAskHeadset && (
        <div class="choose">
          <span class="label">{sound.keys}</span>
          <span>{state.headsets.length > 0 ? sound.keysOf(state.headsets.join(", ")) : sound.noKeys}</span>
          <span class="choices">
            <button onClick={() => void phone.askHeadset()}>{sound.askKeys}</button>
          </span>
        </div>
      )}
    </div>
  );
}

interface ChooserProps {
  phone: Phone;
  state: PhoneState;
  kind: Kind;
  label: string;
  there: readonly Device[];
  children?: preact.ComponentChildren;
}

function Chooser({ phone, state, kind, label, there, children }: ChooserProps) {
  const choice = state.choices[kind];
  const away = missing(choice, there);
  const value = choice?.id === allOutputs.id ? choice.id : (find(choice, there).device?.id ?? away?.id ?? "");
  const choose = (id: string) => {
    const device = id === allOutputs.id ? allOutputs : there.find((d) => d.id === id);
    void phone.choose(kind, device ?? null);
  };
  return (
    <div class="choose">
      <label class="label" for={`choose-${kind}`}>
        {label}
      </label>
      <select id={`choose-${kind}`} value={value} onChange={(e) => choose(e.currentTarget.value)}>
        <option value="">{sound.system}</option>
        {kind === "bell" && <option value={allOutputs.id}>{sound.everywhere}</option>}
        {there.map((d) => (
          <option key={d.id} value={d.id}>
            {d.label || sound.unnamed}
          </option>
        ))}
        {away && (
          <option value={away.id} disabled>
            {sound.notHere(away.label || sound.unnamed)}
          </option>
        )}
      </select>
      <span class="choices">{children}</span>
    </div>
  );
}

/** SelfTest has her hear herself as a caller would, by way of the server. */
function SelfTest({ phone, state }: { phone: Phone; state: PhoneState }) {
  const { step } = state.test;
  const rests = state.path === "connected" && (state.desk?.state === "idle" || state.desk?.state === "wrap_up");
  return (
    <div class="choose">
      <span class="label">{sound.self}</span>
      <span role="status">{rests || step !== "off" ? testText(state.test) : sound.selfNeeds}</span>
      <span class="choices">
        {step === "off" ? (
          <button disabled={!rests} onClick={() => phone.testVoice()}>
            {sound.selfStart}
          </button>
        ) : (
          <button onClick={() => phone.endTest()}>{sound.selfStop}</button>
        )}
      </span>
    </div>
  );
}

function testText({ step, trip }: Test): string {
  const came = trip === undefined ? "" : trip === null ? sound.noTrip : sound.trip(trip);
  switch (step) {
    case "off":
      return came || sound.selfHint;
    case "voice":
      return `${came} ${sound.speak}`;
    default:
      return sound.underWay;
  }
}
