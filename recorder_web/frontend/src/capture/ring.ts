/** The last second of the stream, so that a take can begin before the press. Pure. */

interface Packet {
  first: number;
  codes: Int16Array<ArrayBuffer>;
}

export class Ring {
  /** Frames since the stream opened. */
  total = 0;
  /** While a file is being opened nothing may fall out. */
  hold = false;
  private packets: Packet[] = [];
  private readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  push(codes: Int16Array<ArrayBuffer>): void {
    this.packets.push({ first: this.total, codes });
    this.total += codes.length;
    while (!this.hold && this.total - this.packets[0]!.first - this.packets[0]!.codes.length >= this.size) {
      this.packets.shift();
    }
  }

  /** The oldest sample still here. */
  get first(): number {
    return this.packets[0]?.first ?? this.total;
  }

  /** What is held from a sample on. */
  from(sample: number): Int16Array<ArrayBuffer>[] {
    return this.packets
      .filter((packet) => packet.first + packet.codes.length > sample)
      .map((packet) => packet.codes.subarray(Math.max(0, sample - packet.first)));
  }
}
