/** Server-sent events read by hand: EventSource cannot carry the session's token. */

export interface StreamEvent {
  readonly type: string;
  readonly id: string | null;
  readonly data: string;
}

/** Cuts a stream of text into events, as the HTML standard's event stream interpretation says. */
export class EventCutter {
  private rest = "";

  /** The events that the text completes. */
  push(text: string): StreamEvent[] {
    this.rest = (this.rest + text).replace(/\r\n/g, "\n");
    const blocks = this.rest.split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      const event = eventOf(block);
      return event === null ? [] : [event];
    });
  }
}

function eventOf(block: string): StreamEvent | null {
  let type = "message";
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") type = value;
    else if (field === "id") id = value;
    else if (field === "data") data.push(value);
  }
  return data.length === 0 && type === "message" ? null : { type, id, data: data.join("\n") };
}
