/** Names beside symbols on the map: above, below or aside, or left out where nothing is free. */

interface Wanted {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface Placed {
  readonly x: number;
  readonly y: number;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A place for each name (its baseline's middle), null where it would cover another. */
export function placeLabels(
  wanted: readonly Wanted[],
  size_px: number,
  symbol_px: number,
): (Placed | null)[] {
  const taken: Box[] = wanted.map(({ x, y }) => ({
    left: x - symbol_px,
    right: x + symbol_px,
    top: y - symbol_px,
    bottom: y + symbol_px,
  }));
  return wanted.map(({ x, y, text }, own) => {
    const half = (text.length * size_px * 0.62) / 2 + 2;
    const places: Placed[] = [
      { x, y: y - symbol_px - 4 },
      { x, y: y + symbol_px + size_px + 1 },
      { x: x + symbol_px + half + 3, y: y + size_px / 3 },
      { x: x - symbol_px - half - 3, y: y + size_px / 3 },
    ];
    for (const place of places) {
      const box = {
        left: place.x - half,
        right: place.x + half,
        top: place.y - size_px,
        bottom: place.y + 3,
      };
      if (taken.every((other, i) => i === own || !overlap(box, other))) {
        taken.push(box);
        return place;
      }
    }
    return null;
  });
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
