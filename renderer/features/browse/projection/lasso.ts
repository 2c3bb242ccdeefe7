/** Which points of a map a line drawn around them holds. Pure. */

/** Whether the point lies in the closed polygon, by counting crossings; `polygon`: x and y one after another. */
export function isInside(x: number, y: number, polygon: ArrayLike<number>): boolean {
  let inside = false;
  const corners = polygon.length / 2;
  for (let index = 0, last = corners - 1; index < corners; last = index++) {
    const x1 = polygon[index * 2] ?? 0;
    const y1 = polygon[index * 2 + 1] ?? 0;
    const x2 = polygon[last * 2] ?? 0;
    const y2 = polygon[last * 2 + 1] ?? 0;
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

/** Numbers of the points (x and y one after another) within; none for a polygon of fewer than three corners. */
export function pointsInside(points: ArrayLike<number>, polygon: ArrayLike<number>): number[] {
  if (polygon.length < 6) return [];
  const found: number[] = [];
  for (let index = 0; index * 2 < points.length; index++)
    if (isInside(points[index * 2] ?? 0, points[index * 2 + 1] ?? 0, polygon)) found.push(index);
  return found;
}

/** The nearest point no farther than `reach`, or −1. */
export function nearestPoint(points: ArrayLike<number>, x: number, y: number, reach: number): number {
  let best = -1;
  let closest = reach * reach;
  for (let index = 0; index * 2 < points.length; index++) {
    const distance = ((points[index * 2] ?? 0) - x) ** 2 + ((points[index * 2 + 1] ?? 0) - y) ** 2;
    if (distance <= closest) {
      closest = distance;
      best = index;
    }
  }
  return best;
}

/** The nearest point in a direction: what an arrow key moves to; −1 where there is none. `dx`, `dy` is one of the four axes. */
export function nextPoint(points: ArrayLike<number>, from: number, dx: number, dy: number): number {
  let best = -1;
  let closest = Infinity;
  for (let index = 0; index * 2 < points.length; index++) {
    if (index === from) continue;
    const x = (points[index * 2] ?? 0) - (points[from * 2] ?? 0);
    const y = (points[index * 2 + 1] ?? 0) - (points[from * 2 + 1] ?? 0);
    const along = x * dx + y * dy;
    const beside = Math.abs(x * dy - y * dx);
    if (along <= 0 || beside > along) continue;
    const distance = along + 2 * beside;
    if (distance < closest) {
      closest = distance;
      best = index;
    }
  }
  return best;
}
