// The sound test: a tone, and the voice, on the same way as in a talk to the server, which
// sends them back.

const hz = 1000;
const quiet = 300; // ms before the tone, so that what is still under way is no part of it
const patience = 3000; // ms after which nothing comes any more
const loud = 0.02; // amplitude of the tone that counts; it is sent with 0.3

/** levelOf is the amplitude of a tone in samples (Goertzel). */
export function levelOf(samples: Float32Array, rate: number, tone: number): number {
  const k = 2 * Math.cos((2 * Math.PI * tone) / rate);
  let a = 0;
  let b = 0;
  for (const s of samples) [a, b] = [s + k * a - b, a];
  return (2 * Math.sqrt(Math.max(0, a * a + b * b - k * a * b))) / samples.length;
}

/**
 * roundTrip sends a tone and returns how many ms later it is heard: microphone's coding, the
 * network twice, the server and the browser's buffer. null: it did not come back.
 */
export async function roundTrip(context: AudioContext, send: (track: MediaStreamTrack) => Promise<void>, heard: MediaStream): Promise<number | null> {
  const out = context.createMediaStreamDestination();
  const tone = context.createOscillator();
  const volume = context.createGain();
  const ear = context.createAnalyser();
  const back = context.createMediaStreamSource(heard);
  ear.fftSize = 512; // some 11 ms
  const samples = new Float32Array(ear.fftSize);
  tone.frequency.value = hz;
  volume.gain.value = 0;
  tone.connect(volume).connect(out);
  back.connect(ear);
  tone.start();
  try {
    await send(out.stream.getAudioTracks()[0]!);
    const begin = context.currentTime + quiet / 1000;
    volume.gain.setValueAtTime(0.3, begin);
    for (const end = performance.now() + quiet + patience; performance.now() < end; ) {
      await new Promise((done) => setTimeout(done, 4));
      const waited = 1000 * (context.currentTime - begin);
      ear.getFloatTimeDomainData(samples);
      if (waited > 0 && levelOf(samples, context.sampleRate, hz) > loud) return Math.round(waited);
    }
    return null;
  } finally {
    tone.stop();
    back.disconnect();
  }
}
