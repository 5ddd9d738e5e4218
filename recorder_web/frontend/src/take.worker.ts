/**
 * The one worker of the sample path: read, make codes, append to disk, measure, count, watch.
 * It never waits for the network or the page.
 */

import { areEqual } from "./alarms";
import { Endings } from "./capture/endings";
import { failureOf, type FromTakeWorker, type ToTakes, type ToTakeWorker, type ToUploads } from "./capture/messages";
import { packetsOf } from "./capture/packets";
import { Stream, type Opening } from "./capture/stream";
import { packInt16 } from "./pcm";
import { cleanUp, contributorFolder, folderAt, othersExist, writeJson } from "./store/opfs";
import { discardInterrupted, interruptedTakes, keepInterrupted } from "./store/recovery";
import type { EndedBy } from "./take";

type Scope = { postMessage(message: FromTakeWorker): void; onmessage: ((e: MessageEvent<ToTakeWorker>) => void) | null };

const page = self as unknown as Scope;
let contributor = "";
let uploads: MessagePort;
let endings: Endings;
let stream: Stream | null = null;

function house(): ConstructorParameters<typeof Stream>[2] {
  const tell = (message: FromTakeWorker): void => page.postMessage(message);
  return { contributor, uploads, endings, tell, silent: () => void closeStream("stall") };
}

async function closeStream(ended_by: EndedBy): Promise<void> {
  await endStream(ended_by);
  page.postMessage({ type: "gone", ended_by });
}

async function endStream(ended_by: EndedBy): Promise<void> {
  const open = stream;
  stream = null;
  await open?.end(ended_by);
}

/** Hand over packets until there are no more; whatever goes wrong, the page hears that the stream is over. */
async function follow(opening: Opening): Promise<void> {
  try {
    await readStream(opening);
  } catch (error) {
    await closeStream("crash");
    throw error;
  }
}

async function readStream(opening: Opening): Promise<void> {
  let open: Stream | null = null;
  let rate_hz = 0;
  for await (const packet of packetsOf(opening.feed)) {
    if (open === null) {
      rate_hz = packet.rate_hz;
      stream = open = new Stream(opening, rate_hz, house());
      page.postMessage({ type: "opened", rate_hz });
    }
    const changed = packet.rate_hz !== rate_hz;
    if (!changed && stream === open) open.packet(packInt16(packet.first), packet.second && areEqual(packet.first, packet.second));
    if (changed) await closeStream("rate");
    if (stream !== open) return; // a new stream is opened by the page, if at all
  }
  if (stream === open) await closeStream("device");
}

async function scan(message: Extract<ToTakeWorker, { type: "scan" }>): Promise<void> {
  contributor = message.contributor;
  uploads = message.uploads;
  endings = new Endings(contributor, uploads);
  uploads.onmessage = ({ data }: MessageEvent<ToTakes>) => {
    const bytes = stream?.read(data.take, data.index) ?? null;
    const answer: ToUploads = { type: "bytes", id: data.id, bytes };
    uploads.postMessage(answer, bytes === null ? [] : [bytes.buffer]);
  };
  await cleanUp(contributor, Date.now());
  const [interrupted, others] = [await interruptedTakes(contributor), await othersExist(contributor)];
  const handles = "createSyncAccessHandle" in FileSystemFileHandle.prototype;
  page.postMessage({ type: "scanned", interrupted, others, handles });
}

async function open(message: Opening): Promise<void> {
  await endStream("device"); // the page knows: it has opened another one
  await endings.write();
  const folder = await folderAt(await contributorFolder(contributor), [message.sitting.sitting]);
  await writeJson(folder, "sitting.json", message.sitting);
  await follow(message);
}

async function settleInterrupted(work: (contributor: string) => Promise<void>): Promise<void> {
  await work(contributor);
  page.postMessage({ type: "settled-interrupted" });
}

async function obey(message: ToTakeWorker): Promise<void> {
  switch (message.type) {
    case "scan":
      return scan(message);
    case "keep-interrupted":
      return settleInterrupted(keepInterrupted);
    case "discard-interrupted":
      return settleInterrupted(discardInterrupted);
    case "open":
      return open(message);
    case "snapshot":
      return stream?.snapshot(message.snapshot);
    case "start":
      return stream?.start(message.plan, message.snapshot);
    case "stop":
      return stream?.stop(message.ended_by, message.snapshot);
    case "band":
      return stream?.band(message.kind);
    case "event":
      return stream?.note(message.kind, message.facts);
  }
}

function failed(error: unknown): void {
  page.postMessage(failureOf(error));
}

page.onmessage = ({ data }) => void obey(data).catch(failed);
addEventListener("unhandledrejection", ({ reason }) => failed(reason));
