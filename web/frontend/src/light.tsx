// What a page says of the sound without being asked: one light on how well the talk is
// heard, and a word when another device is used than the one that was chosen.
import { missing } from "./devices";
import type { PhoneState } from "./phone";
import { wordFor } from "./quality";
import { sound } from "./texts";
import { useNow } from "./time";

const bars = { good: 3, fair: 2, poor: 1 };

/** QualityLight says it in a word and in bars; the colour only repeats it. */
export function QualityLight({ state: { quality } }: { state: PhoneState }) {
  const word = quality ? wordFor(quality.mos) : null;
  const text = word && `${sound.words[word]}${word !== "good" && quality ? `: ${sound.why[quality.worst]}` : ""}`;
  return (
    <p class={`light ${word ?? ""}`} role="status">
      {word && (
        <>
          <span class="bars" aria-hidden="true">
            {[1, 2, 3].map((n) => (
              <i key={n} class={n <= bars[word] ? "on" : ""} />
            ))}
          </span>
          <span class="label">{sound.light}</span> <strong>{text}</strong>
        </>
      )}
    </p>
  );
}

const newsStays = 20_000; // ms

/** DeviceNews says which device is used in place of the chosen one. */
export function DeviceNews({ state }: { state: PhoneState }) {
  useNow();
  const { choices, mics, outputs, moved, usedMic } = state;
  const named = (label: string | undefined) => label || sound.unnamed;
  const news: { text: string; good?: boolean }[] = [];
  const mic = mics.length > 0 ? missing(choices.mic, mics) : null;
  const fresh = moved && Date.now() - moved.at < newsStays ? moved : null;
  if (mic) news.push({ text: usedMic ? sound.micAway(named(mic.label), named(usedMic.label)) : sound.micGone(named(mic.label)) });
  else if (fresh?.back) news.push({ text: sound.micBack(named(fresh.to)), good: true });
  else if (fresh) news.push({ text: sound.micMoved(named(fresh.from), named(fresh.to)) });
  const ear = outputs.length > 0 ? missing(choices.ear, outputs) : null;
  if (ear) news.push({ text: sound.earAway(named(ear.label)) });
  const bell = outputs.length > 0 ? missing(choices.bell, outputs) : null;
  if (bell) news.push({ text: sound.bellAway(named(bell.label)) });
  return (
    <div class="news" role="status">
      {news.map(({ text, good }) => (
        <p key={text} class={`banner ${good ? "info" : "warn"}`}>
          {text}
        </p>
      ))}
    </div>
  );
}
