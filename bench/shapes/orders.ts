import { sequence } from '../inputs.ts';
import { shop } from './shop.ts';

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const rdfs = 'http://www.w3.org/2000/01/rdf-schema#';
const xsd = 'http://www.w3.org/2001/XMLSchema#';

/** Subject, predicate and object as N-Quads writes them. */
export type Line = readonly [string, string, string];

const iri = (value: string): string => `<${value}>`;
const of = (local: string): string => iri(shop + local);
const typed = (value: string, datatype: string): string => `"${value}"^^${iri(xsd + datatype)}`;
const type = iri(`${rdf}type`);

const statuses = ['Open', 'Paid', 'Packed', 'Shipped', 'Done'];
const cities = ['Bremen', 'Basel', 'Lyon', 'Turin', 'Ghent', 'Malmö', 'Porto', 'Graz'];
const countries = ['DE', 'CH', 'FR', 'IT', 'BE', 'SE', 'PT', 'AT'];
const currencies = ['EUR', 'CHF', 'SEK', 'GBP'];
const words = ['fragile', 'leave at the door', 'ring twice', 'gift', 'call before', 'no plastic'];

/** Orders that share a customer. */
const ordersPerCustomer = 16;

/** What is true of every graph: the class hierarchy of the shop. */
const hierarchy: Line = [of('Customer'), iri(`${rdfs}subClassOf`), of('Party')];

function customerLines(index: number): Line[] {
  const customer = iri(`http://bench.example/customer/${index}`);
  const day = String(1 + (index % 28)).padStart(2, '0');
  return [
    [customer, type, of('Customer')],
    [customer, of('name'), `"Customer ${index}"`],
    [customer, of('email'), `"customer${index}@mail.example"`],
    [customer, of('since'), typed(`20${10 + (index % 10)}-03-${day}`, 'date')],
  ];
}

/** An instant in a year from `base` on, by the day, hour and minute that `draw` gives. */
function instant(year: number, draw: () => number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const pick = (count: number): number => Math.floor(draw() * count);
  const day = `${two(1 + pick(12))}-${two(1 + pick(28))}`;
  return typed(`${year}-${day}T${two(pick(24))}:${two(pick(60))}:00Z`, 'dateTime');
}

/** What breaks an order: each changes its triples so that at least one shape says so. */
const breakers: readonly ((lines: Line[], order: string) => void)[] = [
  (lines) => drop(lines, 'number'),
  (lines) => replace(lines, 'number', '"order 17"'),
  (lines) => replace(lines, 'placed', typed('2031-01-01T00:00:00Z', 'dateTime')),
  (lines) => replace(lines, 'status', of('Lost')),
  (lines) => replace(lines, 'priority', typed('9', 'integer')),
  (lines) => replace(lines, 'total', typed('-1.5', 'decimal')),
  (lines) => replace(lines, 'total', '"12.50"'),
  (lines) => replace(lines, 'currency', '"euro"'),
  (lines, order) => void lines.push([order, of('note'), '"another"@en']),
  (lines, order) => void lines.push([order, of('colour'), '"red"']),
  (lines, order) => void lines.push([order, of('cancelled'), typed('true', 'boolean')]),
  (lines) => replace(lines, 'postcode', '"1234"'),
  (lines) => drop(lines, 'country'),
  (lines) => replace(lines, 'quantity', typed('0', 'integer')),
  (lines) => replace(lines, 'product', '"a lamp"'),
  (lines) => replace(lines, 'due', typed('2019-05-01T08:00:00Z', 'dateTime')),
];

function replace(lines: Line[], local: string, object: string): void {
  const index = lines.findIndex(([, predicate]) => predicate === of(local));
  const [subject, predicate] = lines[index]!;
  lines[index] = [subject, predicate, object];
}

function drop(lines: Line[], local: string): void {
  const index = lines.findIndex(([, predicate]) => predicate === of(local));
  lines.splice(index, 1);
}

/** Makes orders of one shop: the same for the same seed. */
export class Orders {
  readonly #draw: () => number;
  readonly #share: number;
  #broken = 0;

  /** @param share how many orders in one break a shape */
  constructor(seed: number, share: number) {
    this.#draw = sequence(seed);
    this.#share = share;
  }

  /** The 21 triples of one order, its address and its line included, more or less if it breaks. */
  order(index: number, customer: number): Line[] {
    const draw = this.#draw;
    const pick = <Value>(values: readonly Value[]): Value =>
      values[Math.floor(draw() * values.length)]!;
    const order = iri(`http://bench.example/order/${index}`);
    const line = iri(`http://bench.example/order/${index}/line/1`);
    const address = `_:a${index}`;
    const place = Math.floor(draw() * cities.length);
    const cents = (most: number): string => (1 + draw() * most).toFixed(2);
    const lines: Line[] = [
      [order, type, of('Order')],
      [order, of('number'), `"ORD-${String(index).padStart(7, '0')}"`],
      [order, of('placed'), instant(2025, draw)],
      [order, of('due'), instant(2026, draw)],
      [order, of('status'), of(pick(statuses))],
      [order, of('priority'), typed(String(1 + Math.floor(draw() * 4)), 'integer')],
      [order, of('total'), typed(cents(9_000), 'decimal')],
      [order, of('currency'), `"${pick(currencies)}"`],
      [order, of('customer'), iri(`http://bench.example/customer/${customer}`)],
      [order, of('shipTo'), address],
      [order, of('note'), `"${pick(words)}, ${index}"@en`],
      [order, of('note'), `"Auftrag ${index}"@de`],
      [order, of('line'), line],
      [address, of('street'), `"Street ${Math.floor(draw() * 5_000)}"`],
      [address, of('city'), `"${cities[place]}"`],
      [address, of('postcode'), `"${String(Math.floor(draw() * 1e5)).padStart(5, '0')}"`],
      [address, of('country'), `"${countries[place]}"`],
      [line, type, of('Line')],
      [line, of('product'), iri(`http://bench.example/product/${Math.floor(draw() * 50_000)}`)],
      [line, of('quantity'), typed(String(1 + Math.floor(draw() * 20)), 'integer')],
      [line, of('price'), typed(cents(400), 'decimal')],
    ];
    if (draw() < this.#share) breakers[this.#broken++ % breakers.length]!(lines, order);
    return lines;
  }

  /** One order with its customer: about 25 triples. */
  small(index: number): Line[] {
    return [...this.order(index, index), ...customerLines(index), hierarchy];
  }

  /** A shop with so many orders, an order at a time. */
  *shop(orders: number): Generator<Line[]> {
    yield [hierarchy];
    for (let index = 0; index < orders; index++) {
      const customer = Math.floor(index / ordersPerCustomer);
      if (index % ordersPerCustomer === 0) yield customerLines(customer);
      yield this.order(index, customer);
    }
  }
}

/** N-Quads of these triples. */
export const textOf = (lines: readonly Line[]): string =>
  lines.map((line) => `${line.join(' ')} .\n`).join('');

/** Orders that make a shop of about so many triples. */
export const ordersFor = (triples: number): number =>
  Math.round(triples / (21 + 4 / ordersPerCustomer));
