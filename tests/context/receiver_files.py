"""A small project in five languages for `test_receivers.py`."""

FILES = {
    "shop/__init__.py": """\
from .models.cart import Cart
from .models.item import Item as ShopItem
from .helpers import *
""",
    "shop/models/__init__.py": """\
from shop.models.cart import Cart, CartLine
from . import money
""",
    "shop/models/cart.py": """\
from __future__ import annotations
from dataclasses import dataclass, field
from typing import Optional
from .money import Money
from shop.base import Entity

@dataclass
class CartLine:
    sku_code: str
    quantity_wanted: int = 1
    unit_price: Money = None

class Cart(Entity):
    '''A cart.'''
    max_lines_allowed: int = 99

    def __init__(self, owner_name: str, currency_code: str = "EUR") -> None:
        self.owner_name = owner_name
        self.cart_lines: list[CartLine] = []
        self._checksum_cache = None

    @property
    def grand_total(self) -> Money:
        return sum(self.cart_lines)

    def add_line(self, line: CartLine, *, merge_same: bool = True) -> CartLine:
        return line

    def first_line(self) -> Optional[CartLine]:
        return None

    @classmethod
    def from_session(cls, session_token: str) -> "Cart":
        return cls(session_token)

    async def reload_from_store(self) -> None: ...
""",
    "shop/models/money.py": """\
class Money:
    def __init__(self, amount_minor: int, currency_iso: str):
        self.amount_minor = amount_minor
        self.currency_iso = currency_iso
    def convert_to(self, other_iso: str) -> "Money":
        return self
    def __enter__(self):
        return self
""",
    "shop/models/item.py": """\
class Item:
    item_weight_grams: int = 0
    def ship_weight(self) -> int:
        return 1
""",
    "shop/base.py": """\
class Entity:
    entity_uuid: str
    def save_entity(self, force_write: bool = False) -> None:
        pass
""",
    "shop/helpers.py": """\
def slugify_title(title_text: str, max_length: int = 40) -> str:
    return title_text

class LedgerBook:
    def post_entry(self, debit_side, credit_side):
        return None
""",
    "shop/database.py": """\
import contextlib
from shop.helpers import LedgerBook
class Connection:
    def run_statement(self, sql_text: str, *params) -> "Rows":
        return Rows()
class Rows:
    def fetch_all(self) -> list["Record"]:
        return []
class Record:
    column_values: dict
    def value_at(self, column_name): ...
def open_connection(dsn_url: str) -> Connection:
    return Connection()
@contextlib.contextmanager
def transaction_scope(conn: Connection):
    yield conn
class Pool:
    def __enter__(self) -> Connection:
        return Connection()
    def lend_connection(self) -> Connection: ...
ledger_singleton = LedgerBook()
default_pool: Pool = Pool()
""",
    "src/core/models/index.ts": """\
export * from './invoice';
export { Customer as Client } from './customer';
export { default as Ledger } from './ledger';
export type { Address } from './address';
""",
    "src/core/models/invoice.ts": """\
import { Customer } from './customer';
export interface InvoiceLine {
  skuCode: string;
  quantityWanted: number;
}
export class Invoice extends BaseDocument<InvoiceLine> {
  readonly issuedAt: Date;
  private linesInternal: InvoiceLine[] = [];
  constructor(public buyer: Customer, private readonly currencyCode: string) { super(); }
  get grandTotal(): Money { return null!; }
  addLine(line: InvoiceLine, mergeSame = true): this { return this; }
  firstLine(): InvoiceLine | undefined { return undefined; }
  static fromJson(raw: string): Invoice { return null!; }
  async loadBuyer(): Promise<Customer> { return this.buyer; }
  onPaid = (amountMinor: number): void => {};
}
export abstract class BaseDocument<T> {
  documentUuid = '';
  protected persistDocument(force?: boolean): Promise<void> { return Promise.resolve(); }
}
export class Money { amountMinor = 0; convertTo(otherIso: string): Money { return this; } }
""",
    "src/core/models/customer.ts": """\
export class Customer {
  fullName = '';
  shippingAddress?: Address;
  sendGreeting(templateId: string): void {}
}
import { Address } from './address';
""",
    "src/core/models/ledger.ts": """\
export default class Ledger {
  postEntry(debitSide: string, creditSide: string): void {}
}
""",
    "src/core/models/address.ts": """\
export type Address = {
  streetLine: string;
  postalCode: string;
};
export enum Region { NorthSide = 'n', SouthSide = 's' }
""",
    "src/core/repo.ts": """\
import { Invoice, Client } from '@models';
export interface Repository<T> { find(entityId: string): Promise<T>; listEverything(pageSize: number): T[]; }
export class InvoiceRepo implements Repository<Invoice> {
  async find(entityId: string): Promise<Invoice> { return null!; }
  listEverything(pageSize: number): Invoice[] { return []; }
  byClient(client: Client): Map<string, Invoice> { return new Map(); }
}
export const defaultRepo = new InvoiceRepo();
export function makeRepo(dsnUrl: string): InvoiceRepo { return defaultRepo; }
export const arrowRepo = (dsnUrl: string): InvoiceRepo => defaultRepo;
export const useInvoices = () => { const repo = makeRepo('x'); return { repo, refreshAll: () => {} }; };
""",
    "src/lib/main-entry.ts": """\
export namespace Clock { export function nowMillis(): number { return 1; } }
export const CONFIG = { retryLimit: 3, backoffMillis: 200 };
export interface Options { retryLimit?: number; verboseLogging?: boolean; }
export function configure(options: Options): void {}
""",
    "packages/ui/src/index.ts": """\
export * from './button';
export * as forms from './forms';
""",
    "packages/ui/src/button.tsx": """\
export interface ButtonProps {
  labelText: string;
  onPress(): void;
  tone?: 'red' | 'blue';
}
export function Button(props: ButtonProps) { return null; }
""",
    "packages/ui/src/forms.ts": """\
export class FormState {
  markDirty(fieldName: string): void {}
}
""",
    "internal/store/store.go": """\
package store

import (
	"context"
	m "example.com/shop/internal/model"
)

// Store keeps orders.
type Store interface {
	FindOrder(ctx context.Context, orderID string) (*m.Order, error)
	ListOrders(ctx context.Context, pageSize int) ([]m.Order, error)
}

type memStore struct {
	ordersByID map[string]*m.Order
	maxEntries int
}

func NewStore(dsnURL string) (Store, error) {
	return &memStore{}, nil
}

func (s *memStore) FindOrder(ctx context.Context, orderID string) (*m.Order, error) { return s.ordersByID[orderID], nil }
func (s *memStore) ListOrders(ctx context.Context, pageSize int) ([]m.Order, error) { return nil, nil }
func (s *memStore) evictOldest(keepCount int) *m.Order { return nil }

var DefaultStore = &memStore{maxEntries: 3}
""",
    "internal/store/cache.go": """\
package store

type Cache struct {
	inner Store
	hitCount, missCount int
}

func NewCache(inner Store) *Cache { return &Cache{inner: inner} }

func (c *Cache) WarmUp(batchSize int) error { return nil }
""",
    "internal/model/order.go": """\
package model

import "example.com/acme/money"

type Base struct {
	CreatedAtUnix int64
}

func (b *Base) TouchNow() {}

type Order struct {
	Base
	OrderNumber string `json:"n"`
	Lines       []OrderLine
	Customer    *Customer
	Total       money.Amount
}

type OrderLine struct {
	SkuCode       string
	QuantityCount int
}

type Customer struct {
	FullName string
}

func (c Customer) SendGreeting(templateID string) error { return nil }

func (o *Order) AddLine(line OrderLine) *Order { return o }

type Status int

const (
	StatusPending Status = iota
	StatusShipped
)
""",
    "third/money/money.go": """\
package money

type Amount struct {
	MinorUnits int64
}

func (a Amount) ConvertTo(otherISO string) Amount { return a }

func FromMinor(minorUnits int64) Amount { return Amount{} }
""",
    "src/lib.rs": """\
pub mod model;
pub mod store;
mod util;

pub use model::order::{Order, OrderLine as Line};
pub use crate::store::memory::MemoryStore;
""",
    "src/model/mod.rs": """\
pub mod order;
pub mod money;
pub use self::money::Money;
pub use order::*;
""",
    "src/model/order.rs": """\
use super::money::Money;

#[derive(Debug, Clone)]
pub struct Order {
    pub order_number: String,
    pub lines_held: Vec<OrderLine>,
    pub total_price: Money,
    customer: Option<Customer>,
}

pub struct OrderLine {
    pub sku_code: String,
    pub quantity_wanted: u32,
}

pub struct Customer {
    pub full_name: String,
}

impl Customer {
    pub fn send_greeting(&self, template_id: &str) -> Result<(), Error> { Ok(()) }
}

impl Order {
    pub fn new(order_number: String) -> Self { todo!() }
    pub fn add_line(&mut self, line: OrderLine) -> &mut Self { self }
    pub fn first_line(&self) -> Option<&OrderLine> { None }
    pub fn customer_ref(&self) -> Option<&Customer> { self.customer.as_ref() }
    pub async fn reload(&mut self) -> Result<Order, Error> { todo!() }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { Ok(()) }
}

#[derive(Debug)]
pub enum OrderStatus {
    PendingPayment,
    ShippedTo { tracking_code: String },
    CancelledBecause(String),
}
""",
    "src/model/money.rs": """\
#[derive(Clone, Copy)]
pub struct Money(pub i64);

impl Money {
    pub const ZERO_AMOUNT: Money = Money(0);
    pub fn convert_to(self, other_iso: &str) -> Money { self }
}
""",
    "src/store/mod.rs": """\
pub mod memory;
use crate::model::Order;
pub trait Store {
    type Key;
    fn find_order(&self, order_id: &str) -> Option<Order>;
    fn list_orders(&self, page_size: usize) -> Vec<Order> { vec![] }
}
pub fn open_store(dsn_url: &str) -> Result<Box<dyn Store<Key = u8>>, String> { todo!() }
""",
    "src/store/memory.rs": """\
use super::Store;
use crate::model::order::Order;
use std::collections::HashMap;
pub struct MemoryStore {
    orders_by_id: HashMap<String, Order>,
    pub max_entries: usize,
}
impl MemoryStore {
    pub fn with_capacity(max_entries: usize) -> Self { todo!() }
    fn evict_oldest(&mut self, keep_count: usize) -> Option<Order> { None }
}
impl Store for MemoryStore {
    type Key = u8;
    fn find_order(&self, order_id: &str) -> Option<Order> { None }
}
""",
    "src/util.rs": """\
pub(crate) fn slugify_title(title_text: &str, max_length: usize) -> String { String::new() }
pub struct Builder { pub retry_limit: u8 }
impl Builder {
    pub fn retry_limit(mut self, retry_limit: u8) -> Self { self }
    pub fn build_client(self) -> Client { Client }
}
pub struct Client;
impl Client {
    pub fn send_request(&self, path_text: &str) {}
}
macro_rules! bail_out { ($x:expr) => {} }
""",
    "src/main/java/com/acme/model/Order.java": """\
package com.acme.model;

import java.util.List;
import java.util.Optional;
import com.acme.base.AuditedEntity;

public class Order extends AuditedEntity<Order> implements Payable {
    private final String orderNumber;
    private List<OrderLine> linesHeld;
    protected Customer buyer;
    public static final int MAX_LINES_ALLOWED = 99;

    public Order(String orderNumber, Customer buyer) {
        this.orderNumber = orderNumber;
    }

    public Order addLine(OrderLine line, boolean mergeSame) { return this; }
    public List<OrderLine> getLinesHeld() { return linesHeld; }
    public Optional<OrderLine> firstLine() { return Optional.empty(); }
    public Customer getBuyer() { return buyer; }
    public static Order fromJson(String rawText) { return null; }

    public enum Status { PENDING_PAYMENT, SHIPPED_OUT }

    public static class Builder {
        public Builder withNumber(String numberText) { return this; }
        public Order buildOrder() { return null; }
    }
}
""",
    "src/main/java/com/acme/model/OrderLine.java": """\
package com.acme.model;

public record OrderLine(String skuCode, int quantityWanted) {
    public long lineTotal() { return 1L; }
}
""",
    "src/main/java/com/acme/model/Customer.java": """\
package com.acme.model;

public class Customer {
    String fullName;
    public void sendGreeting(String templateId) {}
}
""",
    "src/main/java/com/acme/model/Payable.java": """\
package com.acme.model;

public interface Payable {
    void settlePayment(long amountMinor);
    default boolean isSettled() { return false; }
}
""",
    "src/main/java/com/acme/base/AuditedEntity.java": """\
package com.acme.base;

public abstract class AuditedEntity<T> {
    protected long createdAtMillis;
    public void touchNow(String actorName) {}
}
""",
    "src/main/java/com/acme/repo/OrderRepository.java": """\
package com.acme.repo;

import com.acme.model.*;
import java.util.*;

public interface OrderRepository extends CrudRepository<Order, Long> {
    List<Order> findByBuyer(Customer buyer);
    Optional<Order> findByNumber(String numberText);
}
""",
    "src/main/java/com/acme/util/Texts.java": """\
package com.acme.util;

public final class Texts {
    public static String slugifyTitle(String titleText, int maxLength) { return titleText; }
    public static final String DEFAULT_SEPARATOR = "-";
}
""",
}
