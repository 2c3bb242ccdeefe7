/**
 * A quadtree over points of the plane, for sums over all pairs in n log n: far groups count as one point at their centre
 * (Barnes and Hut, Nature 324, 1986). Pure.
 */
export interface QuadTree {
  /**
   * Adds to `force` (x, y) the repulsion on point `index` of t-SNE, Σ q²(yᵢ − yⱼ) with q = 1 / (1 + |yᵢ − yⱼ|²), and returns
   * Σ q. A group whose side is less than `theta` times its distance counts as one; 0 looks at every point.
   */
  repulsion(index: number, theta: number, force: Float64Array): number;
}

/** Points closer together than the 2⁻⁴⁰th of the whole share a leaf. */
const deepest = 40;

/** `points`: x and y one after another. */
export function buildQuadTree(points: Float64Array): QuadTree {
  const count = points.length / 2;
  let capacity = Math.max(64, count * 4);
  let children = new Int32Array(capacity * 4);
  let members = new Int32Array(capacity);
  let centres = new Float64Array(capacity * 2);
  /** Index of the point of a leaf with one place, −1 in all other nodes. */
  let owners = new Int32Array(capacity).fill(-1);
  let nodes = 0;

  function grow(): void {
    capacity *= 2;
    const larger = <Old extends Int32Array | Float64Array>(make: (size: number) => Old, old: Old, size: number): Old => {
      const array = make(size);
      array.set(old);
      return array;
    };
    children = larger((size) => new Int32Array(size), children, capacity * 4);
    members = larger((size) => new Int32Array(size), members, capacity);
    centres = larger((size) => new Float64Array(size), centres, capacity * 2);
    owners = larger((size) => new Int32Array(size).fill(-1), owners, capacity);
  }
  function addNode(): number {
    if (nodes === capacity) grow();
    return nodes++;
  }

  let left = Infinity;
  let right = -Infinity;
  let top = Infinity;
  let bottom = -Infinity;
  for (let index = 0; index < count; index++) {
    const x = points[index * 2] ?? 0;
    const y = points[index * 2 + 1] ?? 0;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const side = Math.max(right - left, bottom - top, 1e-12) * 1.0001;

  /** The child of the node in which the point lies: by halves of the square (x, y, size). */
  function insert(index: number): void {
    const px = points[index * 2] ?? 0;
    const py = points[index * 2 + 1] ?? 0;
    let node = 0;
    let x = left;
    let y = top;
    let size = side;
    for (let depth = 0; ; depth++) {
      const before = members[node] ?? 0;
      members[node] = before + 1;
      centres[node * 2] = ((centres[node * 2] ?? 0) * before + px) / (before + 1);
      centres[node * 2 + 1] = ((centres[node * 2 + 1] ?? 0) * before + py) / (before + 1);
      if (before === 0) {
        owners[node] = index;
        return;
      }
      if (depth >= deepest) {
        owners[node] = -1;
        return;
      }
      const owner = owners[node] ?? -1;
      size /= 2;
      if (owner >= 0) {
        owners[node] = -1;
        const ox = points[owner * 2] ?? 0;
        const oy = points[owner * 2 + 1] ?? 0;
        const quarter = (ox >= x + size ? 1 : 0) + (oy >= y + size ? 2 : 0);
        const child = addNode();
        children[node * 4 + quarter] = child;
        members[child] = 1;
        centres[child * 2] = ox;
        centres[child * 2 + 1] = oy;
        owners[child] = owner;
      }
      const quarter = (px >= x + size ? 1 : 0) + (py >= y + size ? 2 : 0);
      let child = children[node * 4 + quarter] ?? 0;
      if (child === 0) {
        child = addNode();
        children[node * 4 + quarter] = child;
      }
      if (quarter % 2 === 1) x += size;
      if (quarter >= 2) y += size;
      node = child;
    }
  }
  if (count > 0) addNode();
  for (let index = 0; index < count; index++) insert(index);

  const stack = new Int32Array(4 * (deepest + 2));
  const sizes = new Float64Array(4 * (deepest + 2));
  return {
    repulsion(index, theta, force) {
      const px = points[index * 2] ?? 0;
      const py = points[index * 2 + 1] ?? 0;
      let sum = 0;
      let height = 0;
      if (count > 0) {
        stack[0] = 0;
        sizes[0] = side;
        height = 1;
      }
      while (height > 0) {
        height--;
        const node = stack[height] ?? 0;
        const size = sizes[height] ?? 0;
        if (owners[node] === index) continue;
        const dx = px - (centres[node * 2] ?? 0);
        const dy = py - (centres[node * 2 + 1] ?? 0);
        const distance = dx * dx + dy * dy;
        const at = node * 4;
        const isLeaf = children[at] === 0 && children[at + 1] === 0 && children[at + 2] === 0 && children[at + 3] === 0;
        if (isLeaf || size * size < theta * theta * distance) {
          const q = 1 / (1 + distance);
          // A shared leaf holds the point itself too: at no distance, which gives no force.
          const others = (members[node] ?? 0) - (isLeaf && distance < 1e-24 ? 1 : 0);
          sum += others * q;
          force[0] = (force[0] ?? 0) + others * q * q * dx;
          force[1] = (force[1] ?? 0) + others * q * q * dy;
          continue;
        }
        for (let quarter = 0; quarter < 4; quarter++) {
          const child = children[at + quarter] ?? 0;
          if (child === 0) continue;
          stack[height] = child;
          sizes[height] = size / 2;
          height++;
        }
      }
      return sum;
    },
  };
}
