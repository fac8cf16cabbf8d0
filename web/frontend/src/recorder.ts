// A recording with the microphone, as a WAV file, which the server takes.
import { wav } from "./tones";

export interface Recorder {
  stop: () => Promise<{ file: Blob; seconds: number }>;
  drop: () => void; // without a file
}

const rate = 16_000; // of the file; that of wav

/** record begins to record; it throws where the microphone cannot be used. */
export async function record(): Promise<Recorder> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const parts: Blob[] = [];
  const recorder = new MediaRecorder(stream);
  recorder.ondataavailable = (e) => void parts.push(e.data);
  const ended = new Promise<void>((resolve) => {
    recorder.onstop = () => resolve();
  });
  recorder.start();
  const end = () => {
    if (recorder.state !== "inactive") recorder.stop();
    for (const track of stream.getTracks()) track.stop();
  };
  return {
    drop: end,
    stop: async () => {
      end();
      await ended;
      const bytes = await new Blob(parts, { type: recorder.mimeType }).arrayBuffer();
      const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes); // brings it to the rate
      const samples = sound.getChannelData(0);
      return { file: new Blob([wav(sound.duration, (t) => samples[Math.round(t * rate)] ?? 0)], { type: "audio/wav" }), seconds: sound.duration };
    },
  };
}
