/** Runs inside a take worker: hours of sound in minutes, see `long.py`. */

// time in the worker is the time of the samples it has read, its timers included
(() => {
  const [began, wall] = [performance.now(), Date.now()];
  const timers = new Map();
  let elapsed = 0;
  performance.now = () => began + elapsed;
  Date.now = () => Math.round(wall + elapsed);
  self.setInterval = (act, every) => (timers.set(timers.size, { act, every, due: elapsed + every }), timers.size - 1);
  self.clearInterval = (id) => void timers.delete(id);
  const copy = AudioData.prototype.copyTo;
  AudioData.prototype.copyTo = function (...asked) {
    copy.apply(this, asked);
    elapsed += (this.numberOfFrames / this.sampleRate) * 1000;
    for (const timer of [...timers.values()])
      if (elapsed >= timer.due) (timer.due += timer.every), timer.act();
  };
})();

// the worker's own words go to its page; here they are read on their way
self.record = async ({ rate_hz, seconds, sitting, take, contributor }) => {
  const heard = [];
  const until = (type) => new Promise((found) => (self.waiting = { type, found }));
  const tell = self.postMessage.bind(self);
  self.postMessage = (message, ...rest) => {
    if (message.type !== "meter") heard.push(message.type);
    if (message.type === self.waiting?.type) self.waiting.found(message);
    tell(message, ...rest);
  };
  const send = (data) => self.onmessage({ data });
  const { port1, port2 } = new MessageChannel();
  let chunks = 0;
  port2.onmessage = ({ data }) => (chunks += data.type === "chunk");
  const scanned = until("scanned");
  send({ type: "scan", contributor, uploads: port1 });
  await scanned;

  const loop = Float32Array.from({ length: 7 * rate_hz }, (_, i) => (((i * 7919) % 16381) - 8190) / 32768);
  const frames = rate_hz / 100;
  let packets = 0;
  let stop = Infinity;
  const total = seconds * 100;
  const readable = new ReadableStream({
    pull(out) {
      if (packets >= stop) return;
      const data = loop.subarray((packets * frames) % loop.length, ((packets * frames) % loop.length) + frames);
      const timestamp = packets++ * 10_000;
      out.enqueue(new AudioData({ format: "f32-planar", sampleRate: rate_hz, numberOfFrames: frames, numberOfChannels: 1, timestamp, data }));
      self.done = packets / total;
      if (packets === 300) send({ type: "start", plan: { take, sequence: 0, track: "main", prompt_id: null, topic: true } });
      if (packets === total) send({ type: "stop", ended_by: "stop" });
      if (packets === total + 200) stop = packets; // the post-roll is in
    },
  }, { highWaterMark: 100 });
  const ended = until("ended");
  const record = { sitting, claim: null, band: "low", device: {}, calibration: null, started_offline: true };
  send({ type: "open", sitting: record, settings: {}, feed: { path: "mstp", readable }, counts: false });
  const { frames: kept } = await ended;
  let folder = await navigator.storage.getDirectory();
  for (const name of ["speechcorpus", "v1", contributor, sitting, take]) folder = await folder.getDirectoryHandle(name);
  const pcm = await (await folder.getFileHandle("pcm.s16")).getFile();
  const { first_sitting_sample: first } = JSON.parse(await (await (await folder.getFileHandle("take.json")).getFile()).text());
  const codes = loop.map((x) => Math.round(x < 0 ? x * 32768 : x * 32767));
  let wrong = 0;
  for (let at = 0; at < kept; at += rate_hz) {
    const part = new Int16Array(await pcm.slice(2 * at, 2 * Math.min(kept, at + rate_hz)).arrayBuffer());
    for (let i = 0; i < part.length; i++) wrong += part[i] !== codes[(first + at + i) % codes.length];
  }
  self.result = { kept, bytes: pcm.size, wrong, chunks, heard };
};
