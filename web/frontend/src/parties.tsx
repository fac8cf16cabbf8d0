// The two others of a talk in which somebody is asked.
import { useLayoutEffect, useRef } from "preact/hooks";
import { consult, otherName, parties } from "./consult";
import type { Asked, Other, Talk } from "./line";
import { t } from "./texts";
import { since } from "./time";

/** Parties are the two side by side: who talks with her, and who hears music. */
export function Parties({ talk }: { talk: Talk }) {
  return (
    <ul class="parties">
      {parties(talk).map((p) => (
        <li key={p.title} class={`party ${p.now ? "now" : ""}`}>
          <h2>{p.title}</h2>
          <p class="caller">
            <strong>{p.name}</strong>
            {p.vip && <span class="chip vip">{t.vip}</span>}
            {p.number && <span class="number">{p.number}</span>}
          </p>
          <p class="doing">
            <strong>
              <span class="sign" aria-hidden="true">
                {p.sign}
              </span>
              {p.doing}
            </strong>
            {p.since && (
              <span class="timer" role="timer" aria-live="off">
                {since(p.since)}
              </span>
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}

/** Question is what a colleague has written who asks. */
export function Question({ asked }: { asked: Asked }) {
  return asked.note ? <blockquote class="question">{asked.note}</blockquote> : null;
}

/** EndForAll asks before she cuts off both others. */
export function EndForAll({ other, onEnd, onStay }: { other: Other; onEnd: () => void; onStay: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []); // at once: what is typed next is meant for it
  return (
    <dialog ref={dialog} class="leave" onClose={onStay} aria-labelledby="end-title">
      <h2 id="end-title">{consult.endTitle}</h2>
      <p>{consult.endMeans(otherName(other))}</p>
      <div class="choices">
        <button class="primary big" onClick={() => dialog.current?.close()}>
          {consult.goOn} <kbd>{t.keyEsc}</kbd>
        </button>
        <button class="decline big" onClick={onEnd}>
          {consult.endAll}
        </button>
      </div>
    </dialog>
  );
}
