/** Where the map looks: metres to pixels, y upward, and back. Pure. */

export interface Camera {
  /** Metres at the middle of the picture. */
  readonly x_m: number;
  readonly y_m: number;
  readonly perMetre_px: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

type Bounds = readonly [number, number, number, number];

const LEAST_PX = 0.005;
const MOST_PX = 20;

export function fitted(bounds: Bounds, size: Size, margin_px = 60): Camera {
  const [x0, y0, x1, y1] = bounds;
  const wide = Math.max(1, x1 - x0);
  const tall = Math.max(1, y1 - y0);
  const perMetre = Math.min(
    (size.width - 2 * margin_px) / wide,
    (size.height - 2 * margin_px) / tall,
  );
  return {
    x_m: (x0 + x1) / 2,
    y_m: (y0 + y1) / 2,
    perMetre_px: clamp(perMetre),
  };
}

export function toScreen(camera: Camera, size: Size, x_m: number, y_m: number): [number, number] {
  return [
    size.width / 2 + (x_m - camera.x_m) * camera.perMetre_px,
    size.height / 2 - (y_m - camera.y_m) * camera.perMetre_px,
  ];
}

/** Zooms so that the point under the pointer stays under it. */
export function zoomed(camera: Camera, size: Size, factor: number, at?: [number, number]): Camera {
  const perMetre_px = clamp(camera.perMetre_px * factor);
  const [px, py] = at ?? [size.width / 2, size.height / 2];
  const dx = px - size.width / 2;
  const dy = py - size.height / 2;
  const shift = 1 / camera.perMetre_px - 1 / perMetre_px;
  return { x_m: camera.x_m + dx * shift, y_m: camera.y_m - dy * shift, perMetre_px };
}

export function panned(camera: Camera, dx_px: number, dy_px: number): Camera {
  return {
    ...camera,
    x_m: camera.x_m - dx_px / camera.perMetre_px,
    y_m: camera.y_m + dy_px / camera.perMetre_px,
  };
}

function clamp(perMetre: number): number {
  return Math.min(MOST_PX, Math.max(LEAST_PX, perMetre));
}
