import type { SweptSeries } from './sweep.ts';

const WIDTH = 640;
const HEIGHT = 400;
const MARGIN = 56;
const COLOURS = ['#0b6e4f', '#c0392b', '#7f8c8d', '#2980b9', '#8e44ad', '#d35400', '#16a085', '#34495e', '#b7950b'];
const SHARE_MIN = 0.0002;

/** Cost against the share of short time, one dot for every knob of every policy: further down and left is better. */
export function frontierSvg({ name, points }: SweptSeries): string {
  const all = Object.values(points).flat();
  const costs = all.map(({ score }) => score.costReplicaMinutes);
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  const x = (share: number): number =>
    MARGIN + ((Math.log(Math.max(SHARE_MIN, share)) - Math.log(SHARE_MIN)) / -Math.log(SHARE_MIN)) * (WIDTH - 2 * MARGIN);
  const y = (cost: number): number =>
    HEIGHT - MARGIN - (Math.log(cost / least) / Math.max(1e-9, Math.log(most / least))) * (HEIGHT - 2 * MARGIN);
  const dots = Object.entries(points).map(([policy, of], i) => {
    const colour = COLOURS[i % COLOURS.length] ?? '#000';
    const circles = of.map(
      ({ knob, score }) =>
        `<circle cx="${x(score.violationShare).toFixed(1)}" cy="${y(score.costReplicaMinutes).toFixed(1)}" r="3"><title>${policy}:${knob}</title></circle>`,
    );
    return `<g fill="${colour}">${circles.join('')}<text x="${WIDTH - MARGIN}" y="${MARGIN + 14 * i}" text-anchor="end">${policy}</text></g>`;
  });
  const ticks = [0.001, 0.01, 0.05, 0.2].map(
    (share) => `<text x="${x(share).toFixed(1)}" y="${HEIGHT - MARGIN + 18}" text-anchor="middle">${share * 100}%</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/><text x="${MARGIN}" y="24" font-size="14">${name}: cost against time short (both logarithmic)</text>${ticks.join('')}<text x="${WIDTH / 2}" y="${HEIGHT - 12}" text-anchor="middle">share of time short</text><text x="8" y="${MARGIN - 8}">cost</text>${dots.join('')}</svg>\n`;
}
