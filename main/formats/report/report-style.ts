/** How the report of a run looks: its one stylesheet, for light and dark. */
export const reportStyle = `
:root { color-scheme: light dark; --text: #1c1e21; --soft: #5c6370; --line: #dfe2e7; --surface: #ffffff; --raised: #f6f7f9; --training: #2a62c9; --validation: #b8590a; }
@media (prefers-color-scheme: dark) { :root { --text: #eceef1; --soft: #a4abb6; --line: #3a3f48; --surface: #191b1f; --raised: #22252b; --training: #8db2ff; --validation: #f0a35c; } }
body { margin: 0; background: var(--surface); color: var(--text); font: 14px/1.45 system-ui, 'Segoe UI', 'Noto Sans', 'Liberation Sans', sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 860px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { margin: 0 0 12px; font-size: 22px; } h2 { margin: 32px 0 8px; font-size: 17px; } h3 { margin: 20px 0 6px; font-size: 14px; }
.notes { white-space: pre-wrap; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; }
th, td { padding: 3px 10px; border-bottom: 1px solid var(--line); text-align: right; font-weight: 400; white-space: nowrap; }
thead th { color: var(--soft); font-weight: 600; } th:first-child { text-align: left; } th.text, td.text { text-align: left; } td.text { white-space: normal; overflow-wrap: anywhere; }
.facts th { color: var(--soft); } figure { margin: 12px 0; } figcaption b { margin-right: 12px; }
svg { max-width: 100%; height: auto; font-size: 11px; fill: var(--soft); } svg.graph { max-width: none; }
path { fill: none; } path.grid { stroke: var(--line); } path.edge { stroke: var(--soft); stroke-width: 1.25; }
path.batch { stroke: var(--training); stroke-width: 1; opacity: .35; } path.training { stroke: var(--training); stroke-width: 1.75; } path.validation { stroke: var(--validation); stroke-width: 1.75; stroke-dasharray: 5 3; }
circle.training { fill: var(--training); } circle.validation { fill: var(--validation); }
rect.node { fill: var(--raised); stroke: var(--line); } text.strong { fill: var(--text); font-weight: 600; }
.key { margin-right: 10px; color: var(--soft); font-size: 12px; } .key::before { content: ''; display: inline-block; width: 16px; margin-right: 4px; border-top: 2px solid var(--training); vertical-align: middle; }
.key.batch::before { opacity: .35; } .key.validation::before { border-top: 2px dashed var(--validation); }
.confusion td.right { background: color-mix(in srgb, var(--training) calc(var(--share) * 55%), transparent); } .confusion td.wrong { background: color-mix(in srgb, var(--validation) calc(var(--share) * 80%), transparent); }
details { margin-top: 8px; } footer { margin-top: 40px; color: var(--soft); font-size: 12px; }
@media print { .scroll { overflow: visible; } }
`;
