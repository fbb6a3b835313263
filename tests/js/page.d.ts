// What the page's scripts share, for `tsc -p tests/js/tsconfig.json`: a member of GT that a script
// adds gets a line here, under its file. Leaflet and the shell's elements are not typed.

interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}

declare var DecompressionStream: any;

declare var L: any;

type Words = string | { vi: string; en: string };
type LatLngPair = [number, number];
type Reading<T> = Generator<undefined, T, undefined>;

interface LatLng { lat: number; lng: number }

interface PageColumn { name?: string; label?: Words; kind: string }

interface PageSymbol {
  fill: string | null; stroke: string | null; opacity: number; weight: number; far_weight?: number; far_radius: number;
  dash: number[]; hatch: string; radius: number; shape: string;
}

interface ColumnEntry { name: string; place: string; type: "text" | "number" | "date"; words?: number; decimals?: number }

// The state of a layer's bytes: maps/FORMAT.md.
interface LayerData {
  format: string; count: number; quantum_m: number; step: number; origin: [number, number];
  kind: 0 | 1 | 2 | 3; runs: number; vertices: number; distinct: number;
  columns: ColumnEntry[];
  parts: null | { count: number; columns: ColumnEntry[] };
  streams: { [name: string]: [number, number, number] };
}

interface LayerEntry {
  main?: boolean; counted?: string | null; name: string; title: Words; group: null | { vi: string; en: string }; block: string; data: LayerData; count: number;
  visible: boolean; background: boolean; strip: boolean;
  classes: { code: string; count: number; symbol: PageSymbol }[];
  class_column: string | null; title_column: string | null;
  columns: PageColumn[]; part_columns?: PageColumn[];
  filters: string[]; sums: string[]; valid: [string | null, string | null]; indicators: string[];
  names: [number, number, any][];
}

interface DecodedShapes {
  kinds: Uint8Array; parts: Uint32Array; runs: Uint32Array; vertices: Uint32Array; xy: Int32Array;
}

interface TextWords { text: string; starts: Uint32Array; count: number }

interface Column {
  type: string;
  at(i: number): any;
  code?(i: number): number;
  words?: TextWords;
  values?: Float64Array;
  isUnread?: boolean;
}

interface Layer {
  entry: LayerEntry; data: LayerData; kind: "point" | "line" | "polygon"; areal: boolean;
  visible: boolean; opacity: number;
  shape: DecodedShapes | null; index: { boxes: Int32Array; runs: Int32Array } | null;
  classOf: Uint16Array | null; offClasses: Set<number>; shown: (Uint8Array | null)[];
  columns: Map<string, Column>; reading: Map<string, Promise<Column>>; loading: Promise<Layer> | null;
  [roomsOwn: string]: any;
}

interface Pane { number: number; map: any; tiles: any; [roomsOwn: string]: any }

interface Found { layer: Layer; index: number; [more: string]: any }

interface Shape { kind: "point" | "line" | "polygon"; parts: any[] }

interface View {
  left: number; top: number; zoom: number; width: number; height: number; ratio: number;
  pane: number; spare(): HTMLCanvasElement;
}

interface Placing { scale: number; left: number; top: number }

interface Brush {
  fill: string | CanvasPattern | null; fillAlpha: number; stroke: string | null; alpha: number;
  weight: number; dash: number[]; radius: number; shape: string;
}

interface PageData {
  language: string; title: Words; subtitle: Words; profile: string; notices: Words[];
  facts: [Words, Words][]; watermark: Words | null; credit: string;
  bounds: [number, number, number, number]; max_zoom: number;
  words: { [key: string]: Words }; values: { [column: string]: { [code: string]: Words } };
  layers: LayerEntry[]; tables: any[]; strip_maps: Words[];
  ticks: [number, number, string, number, string | null][];
  [more: string]: any;
}

interface Geotool {
  [start: `start${string}`]: any;

  // base.js
  page: PageData;
  language: string;
  read(id: string): any;
  byId(id: any): any;
  say(text: Words | null): string;
  word(key: string): string;
  valueWord(column: string, code: string): string;
  valueWordIn(column: string, code: string, language: string): string;
  el(tag: string, className?: string, text?: string): any;
  clear(element: Element): void;
  onLanguage(listener: () => void): void;
  bind<T extends Element>(element: T, text: Words): T;
  setLanguage(language: string): void;

  // format.js
  number(value: number, decimals: number, language: string): string;
  chainage(metres: number, places?: number): string;
  share(share: number, language: string): string;
  date(text: string, language: string): string;
  unitOf(kind: string): string;
  compareTexts(a: string, b: string): number;
  cell(value: any, column: PageColumn, language: string): string;

  // work.js
  work<T>(generator: Generator<any, T, any>, urgent?: boolean): Promise<T>;
  workNow<T>(generator: Generator<any, T, any>): T;

  // broken.js
  isBroken: boolean;
  broken(what: null | any): void;
  takeNotice(): void;
  checkStyles(): void;
  orUnread(reading: Promise<Column>, layer: any, name: string): Promise<Column>;

  // inflate.js, bytes.js
  checksum(bytes: Uint8Array): Reading<number>;
  inflate(bytes: Uint8Array, size: number): Reading<Uint8Array>;
  readStream(identifier: string, data: LayerData, name: string): Promise<Uint8Array | null>;

  // decode.js
  Varints: any;
  fillVarints<T extends Uint8Array | Uint32Array>(array: T, bytes: Uint8Array | null): Reading<T>;
  decodeShapes(data: LayerData, streams: any): Reading<DecodedShapes>;

  // columns.js
  wordOf(words: TextWords, code: number): string;
  decodeColumn(entry: ColumnEntry, count: number, streams: any): Reading<Column>;
  readColumn(identifier: string, data: LayerData, entry: ColumnEntry, count: number): Promise<Column>;

  // index.js
  firstVertex(shape: DecodedShapes, i: number): number;
  indexShapes(shape: DecodedShapes, count: number): Reading<{ boxes: Int32Array; runs: Int32Array }>;
  visitNear(layer: Layer, box: number[], visit: (i: number) => void): Reading<void>;
  eachNear(layer: Layer, box: number[], visit: (i: number) => void): void;

  // places.js
  projection(data: LayerData, zoom: number): { scale: number; left: number; top: number };
  toLatLng(data: LayerData, x: number, y: number): LatLngPair;
  toSteps(data: LayerData, lat: number, lng: number): [number, number];
  shapeOf(layer: Layer, i: number): Shape;
  boundsOf(layer: Layer, i: number): [LatLngPair, LatLngPair];

  // layers.js
  layers: Layer[];
  panes: Pane[];
  loadColumn(layer: Layer, name: string): Promise<Column>;
  loadColumns(layer: Layer): Promise<Column[]>;
  loadLayer(layer: Layer): Promise<Layer>;
  isReady: boolean;
  loadRest(): Promise<any>;
  addMask(mask: (layer: Layer, pane: number) => Uint8Array | null): void;
  mask(layer: Layer): void;
  isShown(layer: Layer, index: number, pane: number): boolean;
  shownBut(layer: Layer, pane: number, but: any): Uint8Array | null;
  refresh(): void;
  setVisible(layer: Layer, visible: boolean): Promise<Layer>;
  symbolOf(layer: Layer, index: number): PageSymbol;
  titleOf(layer: Layer, index: number): string;
  titleText(layer: Layer, title: any): string;
  columnOf(layer: Layer, name: string): PageColumn | undefined;

  // symbols.js, dots.js, stamps.js, draw.js, tiles.js
  brush(layer: Layer, symbol: PageSymbol, kind: string, view: View): Brush;
  WIDEST: number;
  tracePoint(context: CanvasPath, shape: string, x: number, y: number, r: number): void;
  swatch(symbol: PageSymbol, kind: string): HTMLCanvasElement;
  sizeFactor(kind: string, zoom: number): number;
  weightOf(layer: Layer, symbol: PageSymbol, zoom: number): number;
  drawDots(context: CanvasRenderingContext2D, view: View, layer: Layer, at: Placing, dots: number[][]): Reading<void>;
  drawPoints(context: CanvasRenderingContext2D, view: View, layer: Layer, at: Placing, points: number[][], kind: string): Reading<void>;
  fillPath(context: CanvasRenderingContext2D, path: Path2D, brush: Brush): void;
  strokePath(context: CanvasRenderingContext2D, path: Path2D, brush: Brush): void;
  isMark(layer: Layer, i: number, pixels: number): boolean;
  lay(context: CanvasRenderingContext2D, view: View, image: ImageData): void;
  drawView(context: CanvasRenderingContext2D, view: View): Reading<void>;
  addTiles(map: any, pane: number): any;
  repaint(): void;
  isPainted(): boolean;

  // outlines.js, pick.js, card.js
  makePaths(map: any, shape: Shape, options: object): any[];
  outline(role: string, layer: Layer | null, index?: number): void;
  hover(layer: Layer | null, index?: number): void;
  pick(latlng: LatLng, pane?: number): Found[];
  tool: any;
  chosen(): Found | null;
  select(layer: Layer | null, index?: number, found?: Found[]): Promise<void>;

  // start.js, panel.js
  map: any;
  printing: boolean;
  fit(animate: boolean): void;
  start(): void;
  collapseSheet(): void;

  // legend.js
  zoomToLayer(layer: Layer): Promise<void>;

  // state.js
  addState(key: string, write: () => string, read: (text: string) => any): void;

  // parts.js, filters.js, facets.js, range.js, totals.js
  filters: Map<string, Set<string>>;
  codeWord(column: string, code: string): string;
  loadPieces(layer: Layer): Promise<any>;
  sieveTests(layer: Layer, pieces: any, but: string | null): any[];
  passes(tests: any[], i: number): boolean;
  setFilter(column: string, codes: string[] | null): Promise<any>;
  clearFilters(): Promise<any>;
  filterColumns(): string[];
  filterLabel(name: string): string;
  layersWith(column: string): Layer[];

  // fold.js, ask.js, find.js
  fold(text: string): string;
  foldWords(words: TextWords, more?: any): Reading<any>;
  scanWords(folded: any, wanted: any, visit: any): Reading<any>;
  plainNumber(text: string): string;
  readQuery(typed: string): any;
  prepareFind(): Promise<any>;
  findText(typed: string, limit: number, isStale?: () => boolean): Promise<any>;

  // grid.js, axes.js
  makePlane(grid: any): any;
  plane(): any;
  makeAxis(entry: any, plane: any): any;
  axes(): any[];
  pointOn(axis: any, measure: number): LatLngPair;
  nearestOn(axes: any[], lat: number, lng: number): any;
  labelOn(axis: any, measure: number): { chainage: number; zone: number; repeats: boolean };
  measuresOn(axis: any, chainage: number): { zone: number; measure: number }[];
  rangesOf(axis: any): [number, number][];
  readChainage(text: string): number[];

  // The rooms around the map, each file's members.

  // base.js
  phrase(key?, values?): any;

  // grid.js
  planeLength(points?): any;
  planeArea(points?): any;

  // coordinates.js
  planeText(lat?, lng?): any;
  planeCopy(lat?, lng?): any;
  degreesText(lat?, lng?): any;
  anglesText(lat?, lng?): any;
  labelText(axis?, measure?, decimals?): any;
  chainageText(lat?, lng?): any;

  // paper.js
  drawPaper(): Reading<void>;
  clearPaper(): void;

  // paper_tables.js
  spreadTables(): void;
  gatherTables(): void;

  // outlines.js
  outlineNow(): any;

  // card.js
  plainLabel(column?): any;

  // pick.js
  eachEdge(layer?, i?, visit?): any;
  contains(layer?, i?, x?, y?): any;

  // names.js
  addWords(pane?): any;

  // dates.js
  showDates(): any;

  // compare.js
  comparedLayers(): any;
  comparedValues(): any;
  readSides(sieves?): any;
  paneTotals(layer?, pane?): Reading<any>;

  // classes.js
  classCuts(values?, method?): Reading<any>;
  classPlace(cuts?, value?): any;
  classValues(values?, cuts?): Reading<any>;

  // filters.js
  PLACES: any;
  filterMask(layer?): any;

  // range.js
  rangeWords(codes?): any;
  makeRange(codes?): any;

  // totals.js
  plainSum(value?): any;
  Sum: any;
  mainLayer(layers?): any;
  makeCounter(layer: Layer): (i: number, group: any) => boolean;
  sumsOf(layer: Layer): string[];
  shownAnywhere(panes?): any;

  // tables.js
  expander(box?): any;

  // within.js
  gatheredColumns(layer?): any;
  gatheredValue(layer?, name?, i?): any;
  gatheredTotal(layer?, name?, indexes?): any;

  // pointer.js
  followPointer(pane?): any;

  // sheet.js
  spreadsheet(columns?, rows?, language?): any;
  tabbed(sheet?): any;
  csv(sheet?, language?): any;
  markedUp(sheet?): any;
  copySheet(sheet?): any;
  saveText(name?, text?, type?): any;

  // gather.js
  gathered(layer?): any;
  gatherLimit: any;
  gatherLayer(): any;
  setGatherLayer(layer?): any;
  ungather(layer?, i?): any;
  ungatherAll(): any;
  gatherWithin(bounds?): any;
  gatherShown(): any;
  endGathering(): any;
  takesClick(event?, pane?): any;

  // search.js
  flyTo(bounds?, zoom?): any;

  // goto.js
  goToPlace(place?): any;
  findPlaces(typed?): any;

  // copying.js
  copyText(text?, said?): any;

  // pin.js
  dropPin(latlng?, title?): any;
  removePin(): any;

  // measure.js
  measure(begin?): any;

  // screen.js
  toSearch(): any;

  // state.js
  composeState(list?): any;
  decodeText(text?): any;
  parseState(fragment?): any;
  writeState(): any;
}
