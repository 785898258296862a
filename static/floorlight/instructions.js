/* Work instructions: draws a PDF page by page, as Android's browser cannot, and enlarges pages and pictures.

   Pages are drawn when they come near, and let go when they are far: a tablet has little memory. Without this
   script, or where a file cannot be drawn, the link to the file itself is there. */
import * as pdfjs from "../vendor/pdfjs-5.4.296/pdf.min.mjs";

const VENDOR = new URL("../vendor/pdfjs-5.4.296/", import.meta.url).href;
const ZOOMS = [1, 1.5, 2, 3, 4];
// More than this many pixels of a page no tablet can hold.
const MOST_PIXELS = 12_000_000;
const pages = document.getElementById("pages");
let zoom = 0;

pdfjs.GlobalWorkerOptions.workerSrc = VENDOR + "pdf.worker.min.mjs";

function enlarge(step) {
  const before = ZOOMS[zoom];
  zoom = Math.max(0, Math.min(ZOOMS.length - 1, zoom + step));
  const [x, y] = [pages.scrollLeft + pages.clientWidth / 2, pages.scrollTop + pages.clientHeight / 2];
  for (const page of pages.querySelectorAll(".page")) { page.style.width = `${100 * ZOOMS[zoom]}%`; }
  const factor = ZOOMS[zoom] / before;
  pages.scrollTo(x * factor - pages.clientWidth / 2, y * factor - pages.clientHeight / 2);
  for (const page of pages.querySelectorAll("canvas.drawn")) { draw(page); }
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.disabled = zoom === (button.dataset.zoom === "in" ? ZOOMS.length - 1 : 0);
  }
}

async function draw(canvas) {
  const page = await canvas.page;
  const plain = page.getViewport({ scale: 1 });
  const wanted = canvas.clientWidth * Math.min(window.devicePixelRatio || 1, 2) / plain.width;
  const scale = Math.min(wanted, Math.sqrt(MOST_PIXELS / (plain.width * plain.height)));
  if (canvas.scale === scale) { return; }
  canvas.scale = scale;
  if (canvas.drawing) { canvas.drawing.cancel(); }
  const viewport = page.getViewport({ scale });
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  canvas.classList.add("drawn");
  canvas.drawing = page.render({ canvas, viewport });
  // What is drawn anew before it was finished is told by a rejection.
  canvas.drawing.promise.catch(() => {});
}

function letGo(canvas) {
  if (canvas.drawing) { canvas.drawing.cancel(); }
  canvas.classList.remove("drawn");
  canvas.width = canvas.height = canvas.scale = 0;
}

async function open(address) {
  const file = await pdfjs.getDocument({
    url: address, isEvalSupported: false, useWasm: false, enableXfa: false, wasmUrl: VENDOR,
    cMapUrl: VENDOR + "cmaps/", cMapPacked: true, standardFontDataUrl: VENDOR + "standard_fonts/",
  }).promise;
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) { entry.isIntersecting ? draw(entry.target) : letGo(entry.target); }
  }, { root: pages, rootMargin: "100% 0px" });
  const first = (await file.getPage(1)).getViewport({ scale: 1 });
  pages.textContent = "";
  for (let number = 1; number <= file.numPages; number += 1) {
    const canvas = document.createElement("canvas");
    canvas.className = "page";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Page ${number} of ${file.numPages}`);
    canvas.style.aspectRatio = `${first.width} / ${first.height}`;
    canvas.page = file.getPage(number).then((page) => {
      const size = page.getViewport({ scale: 1 });
      canvas.style.aspectRatio = `${size.width} / ${size.height}`;
      return page;
    });
    pages.append(canvas);
    near.observe(canvas);
  }
}

for (const button of document.querySelectorAll("[data-zoom]")) {
  button.hidden = false;
  button.addEventListener("click", () => enlarge(button.dataset.zoom === "in" ? 1 : -1));
}
enlarge(0);
if (pages.dataset.pdf) {
  open(pages.dataset.pdf).catch((error) => {
    console.warn(error);
    pages.querySelector("[role=status]").textContent = pages.dataset.lost;
  });
}
