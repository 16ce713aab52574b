// Draws the charts, in the page's colours and width, and wakes the buttons. Text and tables are
// there without it.
const root = document.documentElement;
root.classList.add('scripted');
const palette = JSON.parse(document.getElementById('palette').textContent);

// A specification carries light colours, so that it draws anywhere; here each becomes the variable
// of its role, and dark mode and print follow without a second drawing.
function recolour(chart) {
  for (const element of chart.querySelectorAll('[fill], [stroke]')) {
    for (const channel of ['fill', 'stroke']) {
      const role = palette[(element.getAttribute(channel) || '').toLowerCase()];
      if (role) element.style[channel] = `var(--${role})`;
    }
  }
}

// A specification has margins for letters as wide as Liberation Sans'; a wider font gets wider ones.
function widened(spec) {
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = `600 12px ${spec.config.font}`;
  const wider = pen.measureText('abcdefghijklmnopqrstuvwxyz 0123456789').width / 238;
  if (!(wider > 1)) return spec;
  const {left, right, ...others} = spec.padding;
  return {...spec, padding: {left: Math.ceil(left * wider), right: Math.ceil(right * wider), ...others}};
}

function plotWidth(chart, spec) {
  return Math.max(40, Math.floor(chart.clientWidth) - spec.padding.left - spec.padding.right);
}

async function draw(chart, spec) {
  // Within the chart, whose own role and label say more than those that the library gives.
  const inside = chart.appendChild(document.createElement('div'));
  const {view} = await window.vegaEmbed(inside, {...spec, width: plotWidth(chart, spec)}, {
    mode: 'vega-lite', renderer: 'svg', actions: false, tooltip: false,
  });
  const drawing = {view, width: chart.clientWidth};
  recolour(chart);
  new ResizeObserver(async () => {
    if (chart.clientWidth === drawing.width || chart.clientWidth === 0) return;
    drawing.width = chart.clientWidth;
    await view.width(plotWidth(chart, spec)).runAsync();
    recolour(chart);
  }).observe(chart);
  return drawing;
}

const drawings = new Map();
async function drawAll() {
  for (const script of document.querySelectorAll('script[data-chart]')) {
    const chart = document.getElementById(script.dataset.chart);
    drawings.set(chart, await draw(chart, widened(JSON.parse(script.textContent))));
  }
  root.dataset.drawn = drawings.size;
}
drawAll();

// Data and pictures
function save(name, type, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], {type}));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function plainNumber(text) {
  const plain = text.trim().replace(/\u2212/g, '-').replace(/(\d),(?=\d{3})/g, '$1');
  return /[",\n]/.test(plain) ? `"${plain.replace(/"/g, '""')}"` : plain === '–' ? '' : plain;
}

for (const button of document.querySelectorAll('.csv')) {
  button.addEventListener('click', () => {
    const figure = button.closest('figure');
    const rows = [...figure.querySelectorAll('tr')].map(
      (row) => [...row.cells].map((cell) => plainNumber(cell.textContent)).join(','));
    save(`${figure.id}.csv`, 'text/csv', rows.join('\n') + '\n');
  });
}

for (const button of document.querySelectorAll('.picture')) {
  button.addEventListener('click', async () => {
    const figure = button.closest('figure');
    for (const chart of figure.querySelectorAll('.chart')) {
      const svg = await drawings.get(chart).view.toSVG();
      save(`${chart.id}.svg`, 'image/svg+xml', svg.replace('<svg ', '<svg style="background:#fff" '));
    }
  });
}

for (const button of document.querySelectorAll('.copy')) {
  button.addEventListener('click', async () => {
    const code = button.parentElement.querySelector('code');
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = 'Copied';
    } catch {
      // A browser may refuse a page opened from a file: then the text is selected, ready to copy.
      getSelection().selectAllChildren(code);
      button.textContent = 'Selected';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
}

// Theme and print
const themes = ['auto', 'light', 'dark'];
const theme = document.getElementById('theme');
theme.addEventListener('click', () => {
  const next = themes[(themes.indexOf(root.dataset.theme || 'auto') + 1) % themes.length];
  root.dataset.theme = next;
  theme.textContent = `Theme: ${next}`;
});
document.getElementById('print').addEventListener('click', () => window.print());
const scenario = document.getElementById('scenario-text');
let scenarioWasOpen = false;
window.addEventListener('beforeprint', () => {
  scenarioWasOpen = scenario.open;
  scenario.open = true;
});
window.addEventListener('afterprint', () => { scenario.open = scenarioWasOpen; });

// A term's meaning opens on hover and focus, and closes on Escape.
let tip = null;
function closeTip() {
  if (!tip) return;
  tip.term.removeAttribute('aria-describedby');
  tip.element.remove();
  tip = null;
}
function openTip(term) {
  closeTip();
  const meaning = document.querySelector(`${term.getAttribute('href')} dd`);
  if (!meaning) return;
  const element = document.createElement('div');
  element.className = 'tip';
  element.id = 'tip';
  element.setAttribute('role', 'tooltip');
  element.textContent = meaning.textContent;
  document.body.append(element);
  const place = term.getBoundingClientRect();
  const room = root.clientWidth - element.offsetWidth - 16;
  element.style.left = `${Math.max(16, Math.min(place.left, room)) + scrollX}px`;
  element.style.top = `${place.bottom + 6 + scrollY}px`;
  term.setAttribute('aria-describedby', 'tip');
  tip = {term, element};
}
for (const term of document.querySelectorAll('.term')) {
  term.addEventListener('mouseenter', () => openTip(term));
  term.addEventListener('focus', () => openTip(term));
  term.addEventListener('blur', closeTip);
  term.addEventListener('mouseleave', () => {
    // The pointer may move on to the tip, to read it.
    setTimeout(() => {
      if (tip && tip.term === term && !tip.element.matches(':hover')) closeTip();
    }, 200);
  });
}
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') closeTip(); });
