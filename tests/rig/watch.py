"""An observer in the page: it sees what the page's own code sees, the track and the workers' messages.

It changes nothing. `rig.delivered()` counts the frames that the track has handed over since the first packet
of the worker, as exactly as the page can know it: to one packet of 10 ms.
"""

WATCH = """(() => {
  const devices = navigator.mediaDevices;
  if (!devices || window.rig) return;
  const rig = (window.rig = { track: null, offset: Infinity, meter: null, alarms: [] });
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (...asked) => {
    const stream = await open(...asked);
    rig.track = stream.getAudioTracks()[0];
    rig.offset = Infinity;
    return stream;
  };
  const hear = (data) => {
    if (data.type === "alarm") rig.alarms.push({ kind: data.kind, at_ms: Date.now() });
    if (data.type !== "meter") return;
    rig.meter = data;
    const ahead = rig.track.stats.deliveredFrames - data.reading.last_sample;
    rig.offset = Math.min(rig.offset, ahead);
  };
  window.Worker = class extends Worker {
    constructor(...asked) {
      super(...asked);
      this.addEventListener("message", ({ data }) => hear(data));
    }
  };
  rig.delivered = () => rig.track.stats.deliveredFrames - rig.offset;
})();"""
