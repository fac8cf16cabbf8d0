// The clock of the bursts, a web worker: a browser slows the timers of a page that is
// not in view, and not those of a worker. It is a bundle of its own, clock.js.
import { burstEvery, burstLong, firstBurst } from "./bursts";

let timer: ReturnType<typeof setTimeout>;

const turn = (speak: boolean) => {
  postMessage(speak);
  timer = setTimeout(turn, speak ? burstLong : burstEvery - burstLong, !speak);
};

globalThis.onmessage = (e: MessageEvent<boolean>) => {
  clearTimeout(timer);
  if (e.data) timer = setTimeout(turn, firstBurst, false);
};
