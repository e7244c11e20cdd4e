//! The table itself. In a line: the columns, the words that tell people of them, what holds for them.

use super::*;

/// What holds nothing of a person.
const NOTHING: Rule = Rule {
    class: Class::Nothing,
    purpose: Purpose::Operation,
    basis: Basis::NotPersonal,
    kept: Kept::NoEnd,
    export: Export::No(Reason::NotPersonal),
    erasure: Erasure::Keep(Reason::NotPersonal),
};
const ACCOUNT: Rule = Rule {
    class: Class::Account,
    purpose: Purpose::Identification,
    basis: Basis::Contract,
    kept: Kept::NoEnd,
    export: Export::AsStored,
    erasure: Erasure::Clear,
};
const PROFILE: Rule = Rule { class: Class::Profile, purpose: Purpose::SignIn, ..ACCOUNT };
const CONNECTION: Rule = Rule {
    class: Class::Connection,
    purpose: Purpose::Connection,
    basis: Basis::Consent,
    kept: Kept::UntilDisconnected,
    export: Export::AsStored,
    erasure: Erasure::Delete,
};
/// What a person allowed, with its tokens.
const GRANT: Rule = Rule { kept: Kept::UntilRevoked, ..CONNECTION };
const SERVERS: Rule = Rule { class: Class::Servers, purpose: Purpose::FraudReview, basis: Basis::LegitimateInterests, ..CONNECTION };
const SESSION: Rule = Rule {
    class: Class::Session,
    purpose: Purpose::SignIn,
    basis: Basis::Contract,
    kept: Kept::UntilSignedOut,
    export: Export::AsStored,
    erasure: Erasure::Delete,
};
const BOOKS: Rule = Rule {
    class: Class::Financial,
    purpose: Purpose::Bookkeeping,
    basis: Basis::LegalObligation,
    kept: Kept::NoEnd,
    export: Export::AsStored,
    erasure: Erasure::Keep(Reason::Books),
};
/// What belongs to the books and only the program reads.
const BOOKS_INTERNAL: Rule = Rule { export: Export::No(Reason::Internal), ..BOOKS };
const PAYMENT: Rule = Rule { purpose: Purpose::Payment, basis: Basis::Contract, erasure: Erasure::Keep(Reason::Claims), ..BOOKS };
const NOTICE: Rule = Rule {
    class: Class::Notice,
    purpose: Purpose::Notification,
    basis: Basis::Contract,
    kept: Kept::NoEnd,
    export: Export::AsStored,
    erasure: Erasure::Delete,
};
const FILE: Rule = Rule { class: Class::File, purpose: Purpose::Delivery, ..NOTICE };
const AUDIT: Rule = Rule {
    class: Class::AuditLog,
    purpose: Purpose::Proof,
    basis: Basis::LegitimateInterests,
    kept: Kept::NoEnd,
    export: Export::AsStored,
    erasure: Erasure::Keep(Reason::Chain),
};
const OPENING: Rule = Rule { class: Class::Opening, kept: Kept::For(OPENING_KEPT, "it was opened"), erasure: Erasure::Delete, ..AUDIT };
const TRANSIENT: Rule = Rule {
    class: Class::Transient,
    purpose: Purpose::Operation,
    basis: Basis::Contract,
    kept: Kept::UntilDone,
    export: Export::No(Reason::ShortLived),
    erasure: Erasure::Delete,
};
/// A download link. A link to pay has no end: it is there as long as its invoice.
const LINK: Rule =
    Rule { purpose: Purpose::Delivery, kept: Kept::For(LINK_KEPT, "it expired"), export: Export::No(Reason::Internal), ..TRANSIENT };
const PERMISSION: Rule = Rule {
    class: Class::Permission,
    purpose: Purpose::Authorization,
    basis: Basis::LegitimateInterests,
    kept: Kept::UntilTakenBack,
    export: Export::AsStored,
    erasure: Erasure::Delete,
};
const STAFF_WORK: Rule = Rule { class: Class::StaffWork, erasure: Erasure::Pseudonymise, ..AUDIT };
/// The account of a member of staff.
const STAFF_ACCOUNT: Rule = Rule { erasure: Erasure::Keep(Reason::Nameless), ..STAFF_WORK };

const fn line(names: &'static str, told_as: &'static str, rule: Rule) -> Line {
    Line { names, told_as, rule }
}

const OF_INVOICE: Person = Person::Row { column: "invoice_id", table: "invoices", key: "id" };

/// The table of personal data, by the name of the table.
pub const TABLES: &[Table] = &[
    Table {
        name: "account_guilds",
        people: &[Person::Account("account_id")],
        lines: &[
            line("account_id guild_id read_at", "which servers you are in", SERVERS),
            line("name icon", "with their names and pictures", SERVERS),
            line("is_owner permissions", "whether you own them and what you may do there", SERVERS),
        ],
    },
    Table {
        name: "accounts",
        people: &[Person::Account("id"), Person::User("discord_id")],
        lines: &[
            line("id", "Your Discord user and name", Rule { erasure: Erasure::Keep(Reason::Nameless), ..ACCOUNT }),
            line("discord_id name", "Your Discord user and name", Rule { erasure: Erasure::Pseudonymise, ..ACCOUNT }),
            line("created_at", "since when you are known here", Rule { erasure: Erasure::Keep(Reason::Nameless), ..ACCOUNT }),
            line("locale", "the language of your Discord", ACCOUNT),
            line("language timezone", "the language and time zone that you chose", ACCOUNT),
            line("stripe_customer_id former_customer_id", "your customer number at Stripe", ACCOUNT),
            line(
                "stripe_customer_requested_at stripe_livemode",
                "your customer number at Stripe",
                Rule { export: Export::No(Reason::Internal), ..ACCOUNT },
            ),
            line("username discriminator", "Your Discord username", PROFILE),
            line("first_signed_in_at signed_in_at", "when you signed in first and last", PROFILE),
            line("avatar", "The mark of your picture", Rule { erasure: Erasure::Clear, ..CONNECTION }),
            line(
                "email",
                "your e-mail address (encrypted)",
                Rule { purpose: Purpose::FraudReview, export: Export::Opened, erasure: Erasure::Clear, ..CONNECTION },
            ),
            line(
                "guilds_due_at",
                "which servers you are in",
                Rule { export: Export::No(Reason::Internal), erasure: Erasure::Clear, ..SERVERS },
            ),
        ],
    },
    Table { name: "alarms", people: &[], lines: &[line("id trouble about invoice_id code raised_at told_at over_at", "", NOTHING)] },
    Table {
        name: "audit",
        people: &[Person::User("actor"), Person::Target("target")],
        lines: &[
            line("id at actor action target detail", "A log of what was done and by whom", AUDIT),
            line("seq hash", "A log of what was done and by whom", Rule { export: Export::No(Reason::Internal), ..AUDIT }),
        ],
    },
    Table {
        name: "audit_counts",
        people: &[Person::User("actor"), Person::Target("target")],
        lines: &[line("actor action target detail window_start count counted_at", "and how often", AUDIT)],
    },
    Table { name: "audit_head", people: &[], lines: &[line("id seq hash unchained", "", NOTHING)] },
    Table { name: "bots", people: &[], lines: &[line("id first_shard last_shard started_at seen_at", "", NOTHING)] },
    Table {
        name: "checkout_sessions",
        people: &[OF_INVOICE],
        lines: &[
            line(
                "id invoice_id attempt state title amount_minor currency stripe_customer_id expires_at stripe_session_id created_at
                 livemode",
                "with payments",
                PAYMENT,
            ),
            line(
                "public_url link_id url unclear_intent_id unknown_since",
                "with payments",
                Rule { export: Export::No(Reason::Internal), ..PAYMENT },
            ),
        ],
    },
    Table { name: "command_registrations", people: &[], lines: &[line("scope fingerprint registered_at", "", NOTHING)] },
    Table {
        name: "confirmations",
        people: &[Person::User("actor")],
        lines: &[line(
            "id actor operation created_at expires_at used_at",
            "a question of ours",
            Rule { kept: Kept::For(CONFIRMATION_KEPT, "it expired"), ..TRANSIENT },
        )],
    },
    Table { name: "counters", people: &[], lines: &[line("name value", "", NOTHING)] },
    Table { name: "database_mark", people: &[], lines: &[line("id writes begun_at copy_of", "", NOTHING)] },
    Table {
        name: "deliverable_versions",
        people: &[Person::Row { column: "deliverable_id", table: "deliverables", key: "id" }, Person::Account("created_by")],
        lines: &[
            line(
                "deliverable_id version file_name size_bytes content_type sha256 created_at replaced_at",
                "The files that were made for you",
                FILE,
            ),
            line("object_key", "The files that were made for you", Rule { kept: Kept::UntilRemoved, export: Export::TheFile, ..FILE }),
            line("created_by", "What you issued, changed, attached", STAFF_ACCOUNT),
        ],
    },
    Table {
        name: "deliverables",
        people: &[Person::Account("account_id"), Person::Account("created_by")],
        lines: &[
            line(
                "id invoice_id label file_name size_bytes content_type sha256 created_at version removed_at account_id",
                "The files that were made for you",
                FILE,
            ),
            line("object_key", "The files that were made for you", Rule { kept: Kept::UntilRemoved, export: Export::TheFile, ..FILE }),
            line("created_by", "What you issued, changed, attached", STAFF_ACCOUNT),
        ],
    },
    Table {
        name: "disputes",
        people: &[OF_INVOICE],
        lines: &[
            line("id invoice_id payment_id amount_minor currency of_payment_minor status reason created_at changed_at", "disputes", BOOKS),
            line("is_refundable", "disputes", BOOKS_INTERNAL),
        ],
    },
    Table { name: "encryption_keys", people: &[], lines: &[line("id check_value seen_at", "", NOTHING)] },
    Table {
        name: "grants",
        people: &[Person::Account("account_id")],
        lines: &[
            line("id account_id scopes expires_at granted_at", "what you allowed with its tokens (encrypted)", GRANT),
            line(
                "access_token refresh_token",
                "what you allowed with its tokens (encrypted)",
                Rule { export: Export::No(Reason::Secret), ..GRANT },
            ),
            line("ended_at", "The tokens then wait, encrypted, until Discord took them back", GRANT),
        ],
    },
    // Which interaction was taken, and by which bot: it leads to nobody.
    Table {
        name: "interactions",
        people: &[],
        lines: &[line(
            "id taken_by taken_at",
            "that you pressed one",
            Rule { kept: Kept::For(INTERACTION_KEPT, "it was taken"), ..TRANSIENT },
        )],
    },
    Table {
        name: "invoices",
        people: &[Person::Account("account_id"), Person::Account("issuer_id"), Person::User("revoked_by"), Person::User("edited_by")],
        lines: &[
            line(
                "id number title description amount_minor currency status due_at created_at paid_at revoking_at revoked_at
                 revoke_reason reminded_at",
                "Your invoices",
                BOOKS,
            ),
            line("account_id", "Your invoices", Rule { erasure: Erasure::Keep(Reason::Nameless), ..BOOKS }),
            line("revision edit editing_at", "Your invoices", BOOKS_INTERNAL),
            line("issuer_id", "What you issued, changed, attached or sent back", STAFF_ACCOUNT),
            line("revoked_by edited_by", "What you issued, changed, attached or sent back", STAFF_WORK),
        ],
    },
    Table {
        name: "links",
        people: &[OF_INVOICE],
        lines: &[
            line("id kind invoice_id deliverable_id created_at expires_at used_at", "a download link", LINK),
            line("used_by used_from", "with a mark of the browser that used it", Rule { export: Export::No(Reason::Secret), ..LINK }),
        ],
    },
    Table {
        name: "notices",
        people: &[Person::Account("account_id")],
        lines: &[line(
            "id kind audience account_id invoice_id deliverable_id created_at sent_at channel_id message_id closed_at read_at",
            "which messages you were sent and have read",
            NOTICE,
        )],
    },
    Table {
        name: "openings",
        people: &[OF_INVOICE],
        lines: &[
            line("id deliverable_id invoice_id version opened_at count", "When, how often", OPENING),
            line("opener window_start", "When, how often", Rule { export: Export::No(Reason::Internal), ..OPENING }),
            line("address", "from which internet address (encrypted)", Rule { export: Export::Opened, ..OPENING }),
        ],
    },
    // A job names rows by their ids; what it tells people is read from them when it is done.
    Table {
        name: "outbox",
        people: &[],
        lines: &[line(
            "id kind payload state attempts first_due_at due_at claimed_until last_error",
            "what is still to be told to you, until that is done",
            Rule { export: Export::No(Reason::Internal), ..TRANSIENT },
        )],
    },
    Table {
        name: "papers",
        people: &[Person::User("payer")],
        lines: &[
            line(
                "id number day timezone title description amount_minor currency seller_name seller_address seller_email
                 seller_website seller_tax_id note",
                "receipts",
                BOOKS,
            ),
            line("payer payer_name", "receipts", Rule { erasure: Erasure::Pseudonymise, ..BOOKS }),
        ],
    },
    Table {
        name: "payments",
        people: &[OF_INVOICE],
        lines: &[
            line(
                "id invoice_id checkout_session_id payment_intent_id amount_minor currency paid_at receipt_number counts",
                "with payments",
                BOOKS,
            ),
            line("frozen_at needs_person", "with payments", BOOKS_INTERNAL),
        ],
    },
    Table { name: "reconciliation", people: &[], lines: &[line("id done_until started_at", "", NOTHING)] },
    Table {
        name: "refunds",
        people: &[OF_INVOICE, Person::User("requested_by")],
        lines: &[
            line(
                "id invoice_id payment_id stripe_refund_id amount_minor currency status keep_access created_at changed_at failure
                 credit_note_number credited_at",
                "refunds",
                BOOKS,
            ),
            line("frozen_at needs_person", "refunds", BOOKS_INTERNAL),
            line("reason", "sent back, and why", Rule { class: Class::StaffWork, ..BOOKS }),
            line("requested_by", "sent back, and why", STAFF_WORK),
        ],
    },
    Table {
        name: "sessions",
        people: &[Person::Account("account_id")],
        lines: &[
            line("id account_id agent created_at seen_at expires_at", "Each browser: what it calls itself", SESSION),
            line("token_hash", "Each browser: what it calls itself", Rule { export: Export::No(Reason::Secret), ..SESSION }),
        ],
    },
    Table {
        name: "sign_ins",
        people: &[Person::User("expected")],
        lines: &[line(
            "state_hash browser_hash verifier expected return_to created_at",
            "a sign-in that was begun",
            Rule { kept: Kept::For(SIGN_IN_KEPT, "it began"), export: Export::No(Reason::ShortLived), ..SESSION },
        )],
    },
    Table {
        name: "staff_grants",
        people: &[Person::User("user_id"), Person::User("granted_by")],
        lines: &[
            line("id permission user_id guild_id role_id created_at", "What you may do, and who allowed it", PERMISSION),
            line(
                "granted_by",
                "What you may do, and who allowed it",
                Rule { class: Class::Permission, kept: Kept::UntilTakenBack, ..STAFF_WORK },
            ),
        ],
    },
    Table { name: "stripe_accounts", people: &[], lines: &[line("livemode id since", "", NOTHING)] },
    Table {
        name: "stripe_events",
        people: &[
            Person::Row { column: "object_id", table: "checkout_sessions", key: "stripe_session_id" },
            Person::Row { column: "object_id", table: "refunds", key: "stripe_refund_id" },
            Person::Row { column: "object_id", table: "disputes", key: "id" },
        ],
        lines: &[
            line("id kind object_id created_at livemode outcome received_at settled_at", "with payments", PAYMENT),
            line(
                "body",
                "What Stripe sends about a payment",
                Rule {
                    class: Class::EventBody,
                    kept: Kept::For(EVENT_BODY_KEPT, "it was settled"),
                    export: Export::Opened,
                    erasure: Erasure::Clear,
                    ..PAYMENT
                },
            ),
        ],
    },
];
