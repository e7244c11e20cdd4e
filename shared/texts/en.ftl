# What went wrong, and what to do. Shown in Discord and on pages.
account-not-found = Account not found.
invoice-not-found = Invoice not found. Pick one from the list that appears while you type.
deliverable-not-found = Deliverable not found. Pick one from the list that appears while you type.
more-than-one-file = More than one file is meant by that. Choose it from the list that opens while you type.
link-not-found = Link not found.
discord-is-away = Discord is not answering us right now. Nothing was changed; try again in a minute.
discord-refuses = Discord does not let the bot do this, so nothing was changed. Check that it is in the server and may see what this is about.
discord-refuses-us = Discord does not let us in right now, so this does not work. Nothing was changed. The studio has been told; you need not do anything.
stripe-is-away = Stripe is not answering right now. Nothing was charged; try again in a minute.
stripe-refuses = Payments do not work here right now. Nothing was charged. The studio has been told; you need not do anything.
storage-is-away = The file storage is not answering right now. Nothing was lost; try again in a minute.
storage-refuses = Files cannot be had right now. The studio has been told; you need not do anything.
fault = Something went wrong on our side. Try again; if it happens again, tell the studio and quote reference { $reference }.
staff-only = `{ $command }` is for the studio's staff, in the studio's own server.
command-without-subcommand = Pick one of the commands that appear while you type.
command-out-of-date = Discord sent this command in a form that is out of date. Restart Discord, pick the command from the list again, and fill in its options.
button-is-dead = This button does not work any more. Run `/invoice list` or `/deliverable list` instead.

# Text that people write. The field begins the sentence.
field-title = The title
field-description = The description
field-label = The label
field-file-name = The file name
text-of-several-lines = { $field } has more than one line. Write it on one line.
text-too-long = { $field } is { $length } characters long. Write at most { $max }.
text-with-control-character = { $field } holds a control character that cannot be shown. Type it again instead of pasting it.
text-shows-nothing = { $field } shows nothing. Write at least one visible character.
text-turns-direction = { $field } holds a character that reverses the text after it. Type it again without it.
text-mentions = { $field } cannot mention people, roles or channels. Write the name without @ or #.
text-is-plain = { $field } is plain text: a masked link or a code block is not shown as one. Write the words, and the address as it is.

# Amounts that people write.
not-a-currency = `{ $typed }` is not a currency that Stripe charges. Write its three letters, such as USD, EUR or JPY.
not-an-amount = `{ $typed }` is not an amount. Write it like { $example }.
too-many-decimals = `{ $typed }` is not an amount in { $currency }: { $decimals ->
    [0] { $currency } has no decimals
    [one] { $currency } takes one decimal at most
   *[other] { $currency } takes { $decimals } decimals at most
}. Write it like { $example }.
too-much-money = { $typed } { $currency } is more than Stripe charges at once. The most is { $most }.
too-little-money = { $typed } { $currency } is less than Stripe charges. The least is { $least }.

# Invoices.
a-bot-cannot-pay = A bot cannot pay. Choose the person who ordered the work.
invoice-already-paid = Invoice { $number } is already paid. Thank you!
invoice-was-revoked = Invoice { $number } was revoked by the studio. There is nothing to pay.
invoice-is-being-revoked = Invoice { $number } is being revoked by the studio. There is nothing to pay.
invoice-title = Invoice { $number } · { $title }
invoice = Invoice
amount = Amount
status = Status
issued = Issued
due = Due
paid = Paid
status-pending = pending
status-being-revoked = being revoked
status-paid = paid
status-revoked = revoked
pay-button = Pay
reply-invoice-issued = Invoice **{ $number }** for **{ $customer }** is issued. They get a DM with a **Pay** button. Attach files with `/deliver add`.
reply-pay = Press **Pay** to pay **{ $amount }** by Stripe; we never see your card.
list-invoices = Your invoices
list-invoices-empty = No invoices yet. When the studio issues you one, it appears here and in your DMs.
list-invoices-none-pending = None of your invoices is pending. Run `/invoice list` to see them all.
list-invoices-none-paid = None of your invoices is paid. Run `/invoice list` to see them all.
list-invoices-none-revoked = None of your invoices is revoked. Run `/invoice list` to see them all.
list-all-invoices = Invoices
list-all-invoices-empty = No invoices yet. Issue the first one with `/billing issue`.

# Files.
file-is-empty = The file is empty. Attach one with something in it.
file-is-too-large = The file is larger than { $mebibytes } MiB, the most this studio takes. Split it or compress it.
file-is-not-discords = That is not a file from Discord. Attach it to the command.
file-opens-when-paid = This file opens once invoice { $number } is paid. Pay with `/invoice pay`.
files-of-revoked-are-closed = Invoice { $number } was revoked by the studio, so its files are closed.
revoked-takes-no-files = Invoice { $number } is revoked. Issue a new one and attach the file there.
download-link-expired = This download link has expired. Run `/deliverable get` in Discord for a fresh one.
file = File
size = Size
size-in-bytes = { $bytes ->
    [one] { $bytes } byte
   *[other] { $bytes } bytes
}
file-is-ready = ready
file-opens-with = opens when { $number } is paid
get-file-button = Get file
get-button = Get { $label }
download-button = Download
reply-copying = Copying **{ $name }** ({ $size }) to the store…
reply-attached = Attached to invoice { $number }
reply-attached-and-open = The invoice is paid: the customer is told, and can download it now.
reply-attached-and-closed = The customer is told. It opens once the invoice is paid.
reply-handout = Press **Download**: it opens the file once, within 15 minutes, in the browser that is first.
reply-handout-direct = If it does not, take the [direct link]({ $url }): it works for 5 minutes and for whoever has it, so keep it to yourself.
list-files = Your files
list-files-empty = No files yet. When the studio attaches one to an invoice of yours, it appears here.

# Notices.
notice-invoice-issued = You have a new invoice. Press **Pay** to pay by Stripe; we never see your card.
notice-invoice-paid = Your payment arrived. Thank you!
    You will hear from us as soon as your files are here.
notice-invoice-paid-with-files = Your payment arrived. Thank you!
    Your files are ready: press the button, or run `/deliverable get`.
field-reason = The reason
reason = Reason
customer = Customer
list-files-of-invoice = Files ({ $count })
paid-cannot-be-revoked = Invoice { $number } is paid, so it cannot be revoked.
already-revoked = Invoice { $number } is already revoked.
already-being-revoked = Invoice { $number } is already being revoked.
payment-is-on-its-way = A payment for invoice { $number } is on its way. Wait until it has arrived or failed.
ask-revoke = Revoke invoice **{ $number }** for **{ $customer }**? They can no longer pay it, and are told why. This cannot be undone.
revoke-button = Revoke
reply-revoked = Invoice { $number } is revoked, and the customer is told.
reply-being-revoked = Invoice { $number } is being revoked: its links stopped, and Stripe is asked to close the payment page. If the customer was faster, whoever issued it is told what became of the payment.
reply-resent = { $customer } is told about invoice { $number } again.
confirmation-is-over = This question is over: it was answered, ten minutes have passed, or it was not put to you. Run the command again.
notice-invoice-revoked = The studio took this invoice back. There is nothing to pay.
notice-payment-failed = Your payment did not arrive, and nothing was charged. Press **Pay** to try again.
notice-payment-received = Payment received from **{ $customer }**.
notice-file-ready = A file is ready for you: **{ $label }** ({ $size }).
notice-file-waits = A file waits for you: **{ $label }** ({ $size }). It opens once the invoice is paid.
notice-file-attached = A file was attached: **{ $label }** ({ $size }).
inbox-empty = Nothing waits for you. A notice that cannot reach you by DM appears here.
inbox-has-more = There may be more: run `/inbox` again.

# Receipts and credit notes, in Discord and as PDF.
no-receipt = No payment for invoice { $number } has arrived, so there is no receipt. It comes with the payment.
receipt-title = Receipt { $number }
credit-note-title = Credit note { $number }
credit-note-of = For receipt { $number }: { $title }
credit-notes = Credit notes
paid-by = Paid by
paid-on = Paid on
credited-on = Date
payment-reference = Payment
refund-reference = Refund
what-for = What for
arrived = Paid
went-back = Sent back
remains-paid = Remains paid
page-of = Page { $page } of { $count }
credit-note-cancelled = cancelled
credit-note-was-cancelled = Cancelled on { $day }: the money did not reach the customer, so this credit note no longer counts.
credit-note-late = The invoice had been taken back when the payment arrived.
credit-note-at-stripe = Refund by the studio.
receipt-was-disputed = After a dispute, the customer's bank took { $amount } of this payment back.
reply-receipt = The receipt of **{ $customer }**. The PDF is in the language that they read.
audit-receipt-viewed = receipt viewed
day-in-words = { $month ->
    [1] { $day } January { $year }
    [2] { $day } February { $year }
    [3] { $day } March { $year }
    [4] { $day } April { $year }
    [5] { $day } May { $year }
    [6] { $day } June { $year }
    [7] { $day } July { $year }
    [8] { $day } August { $year }
    [9] { $day } September { $year }
    [10] { $day } October { $year }
    [11] { $day } November { $year }
   *[12] { $day } December { $year }
}
command-invoice-receipt = Get the receipt for one of your payments, as PDF
command-invoice-receipt-invoice = The paid invoice
command-billing-receipt = Get the receipt of any paid invoice, as PDF
command-billing-receipt-invoice = The paid invoice

# Settings, help, about.
reply-language-chosen = From now on you read English here.
reply-language-follows = From now on you read what Discord is set to: English.
help-title = What you can do here
help-unknown = There is no such command for you. Run `/help` to see them all.
about = **{ $studio }** sells its commissions with Atelier { $version }.
    You pay through Stripe: your card number never reaches us.
    In a reply, **Download** opens your file once, within 15 minutes, in the browser that is first. The direct link beside it works for 5 minutes, for whoever has it. Signed in on the web, your files open for you alone, as often as you like.
kept-title = What is kept of you
kept-account = Your Discord user and name, since when you are known here, the language of your Discord, the language and time zone that you chose, and your customer number at Stripe: so that an invoice finds you and you can read it. They stay.
kept-books = Your invoices with payments, refunds, disputes and receipts, and which messages you were sent and have read: they are the studio's books. They stay.
kept-files = The files that were made for you: until the studio removes one. Then the file is deleted, and its name, size and checksum stay.
kept-audit-log = A log of what was done and by whom, also of links that were opened, and how often: to prove what happened. It cannot be changed, so it stays.
kept-openings = When, how often and from which internet address (encrypted) the link to a file was opened: to prove a delivery. 180 days.
kept-event-bodies = What Stripe sends about a payment, with the name, e-mail address and postal address that you gave there, encrypted: to apply it to your invoice. Until 30 days after that.
kept-transient = What keeps the buttons working: that you pressed one, for two hours; a question of ours, for a day; a download link with a mark of the browser that used it, for a week after it ended; what is still to be told to you, until that is done.
kept =
    - { kept-account }
    - { kept-books }
    - { kept-files }
    - { kept-audit-log }
    - { kept-openings }
    - { kept-event-bodies }
    - { kept-transient }
    - Elsewhere: Discord keeps the messages, and Stripe what you give there. A backup holds what was there when it was made, until the studio deletes it.
kept-signed-in-title = And only if you sign in on the web
kept-profile = Your Discord username, and when you signed in first and last: so that you are recognised. They stay.
kept-connection = The mark of your picture, your e-mail address (encrypted), which servers you are in, with their names and pictures, whether you own them and what you may do there, and what you allowed with its tokens (encrypted): to show your picture and to notice fraud. Until you run `/account disconnect` or take it back at Discord. The tokens then wait, encrypted, until Discord took them back; where it never does, staff are told.
kept-sessions = Each browser: what it calls itself, when it signed in and when it was last used: so that you can end what you do not know. Until you sign out, at most { $idle } days without use, and { $days } days in all; a sign-in that was begun, for two hours.
kept-signed-in =
    - { kept-profile }
    - { kept-connection }
    - { kept-sessions }
kept-staff-title = And only if you work for the studio
kept-permissions = What you may do, and who allowed it: until that is taken back.
kept-staff-work = What you issued, changed, attached or sent back, and why: it stays with the invoices, and in the log with what you looked at.
kept-staff =
    - { kept-permissions }
    - { kept-staff-work }

# Descriptions of commands and their options: 100 characters at most.
command-invoice = See and pay your invoices
command-invoice-list = See your invoices, the newest first
command-invoice-list-status = Only those that stand like this
command-invoice-view = See one of your invoices in full
command-invoice-view-invoice = The invoice
command-invoice-pay = Pay one of your invoices by Stripe
command-invoice-pay-invoice = The invoice to pay
command-deliverable = See and download your files
command-deliverable-list = See your files, the newest first
command-deliverable-get = Download one of your files
command-deliverable-get-deliverable = The file
command-inbox = Read the notices that could not reach you by DM
command-settings = What you read
command-settings-language = Choose the language of replies and messages
command-settings-language-language = The language; Discord: as Discord shows it to you
command-help = What you can do here, or how one command works
command-help-command = The command to explain
command-about = What Atelier is, and what becomes of your data
command-billing = Issue invoices and see them all
command-billing-issue = Issue an invoice to a customer
command-billing-issue-user = Who pays
command-billing-issue-title = What for, in one line
command-billing-issue-amount = Amount, such as 12.50
command-billing-issue-currency = Currency, such as USD; without it the studio's own
command-billing-issue-description = More about it
command-billing-list = See the newest invoices of all customers
command-deliver = Attach files to invoices
command-deliver-add = Attach a file to an invoice; it opens for the customer once that is paid
command-deliver-add-invoice = The invoice that the file belongs to
command-deliver-add-file = The file to attach
command-deliver-add-label = What the customer reads; without it the file's name
command-billing-list-user = Only this customer's
command-billing-list-status = Only those that stand like this
command-billing-view = See one invoice in full
command-billing-view-invoice = The invoice
command-billing-revoke = Take a pending invoice back
command-billing-revoke-invoice = The invoice to revoke
command-billing-revoke-reason = What the customer reads
command-billing-resend = Tell the customer about an invoice again
command-billing-resend-invoice = The invoice to send again

# Changing invoices, asking Stripe.
status-being-edited = being changed
invoice-is-being-edited = Invoice { $number } is being changed by the studio. Wait for the message about it, then pay.
will-be = Will be, once Stripe has closed the payment page
already-being-edited = Invoice { $number } is already being changed. Wait until Stripe has closed the payment page, then change it again.
paid-cannot-be-edited = Invoice { $number } is paid, so it cannot be changed.
nothing-to-change = That changes nothing about invoice { $number }. Fill in what should be different.
currency-without-amount = Write the amount too: another currency needs one of its own.
not-a-date = `{ $typed }` is not a day. Write it like 2026-12-24 or 24.12.2026, or as a time from now: 14d, 2w.
date-is-past = `{ $typed }` is over. Write a day from today on.
date-is-far = `{ $typed }` is too far away. Write a day within five years.
not-a-timezone = `{ $typed }` is not a time zone. Pick one from the list that appears while you type.
reply-timezone-chosen = Dates that you type are now read in **{ $timezone }**, where it is { $clock }.
reply-edited = Invoice **{ $number }** is changed, and the customer is told.
reply-being-edited = Invoice **{ $number }** will be **{ $title }**, **{ $amount }**, as soon as Stripe has closed the payment page; until then nobody can pay it. If the customer was faster, it is paid as it was.
reply-issued-without-file = The file was not attached: { $reason } The invoice is out; attach the file with `/deliver add`.
notice-invoice-edited = The studio changed this invoice: this is how it stands now.
asking-stripe = Asking Stripe…
check-again-later = Stripe was asked just now. Ask again in { $seconds ->
        [one] a second
       *[other] { $seconds } seconds
    }.
checked-paid = Your payment arrived.
checked-waiting = No payment arrived yet. Pay with `/invoice pay`.
checked-processing = Your payment is on its way; some ways to pay take days. You will get a message.
checked-open = The payment page is open.

# Lists that are read a page at a time.
newer-button = ◀ Newer
older-button = Older ▶
list-files-of = Files of invoice { $number }
list-files-of-empty = Invoice { $number } has no files. Attach one with `/deliver add`.

# Versions of files, and files of messages.
reply-replaced = Replaced in invoice { $number }: now version { $version }
reply-replaced-told = The customer is told. Buttons and links that they have lead to the new version.
ask-remove = Remove **{ $label }** from invoice { $number }? The file is deleted with its former versions, links to it stop at once, and the customer is told. This cannot be undone.
remove-button = Remove
reply-removed = **{ $label }** is removed from invoice { $number }, and the customer is told.
file-was-removed = The studio removed this file. Run `/deliverable list` in Discord to see your files.
notice-file-replaced = A new version of a file: **{ $label }**, version { $version } ({ $size }).
notice-file-removed = The studio removed a file: **{ $label }**.
message-has-no-files = This message has no files. Pick one with attachments.
attached-title = Files of the message

# Forms: 45 characters at most.
form-issue-invoice = Invoice for { $customer }
form-title = What for, in one line
form-amount = Amount, such as 12.50
form-currency = Currency; empty: the studio's own
form-due = Due, such as 14d or 2026-12-24
form-description = More about it
form-attach = Attach to an invoice
form-invoice = Number of the invoice
user-not-found = Discord knows no such person. Open the menu again.

# Staff.
permission-billing = Billing
permission-support = Support
permission-reviewer = Reviewer
permission-admin = Admin
permission-privacy = Privacy
staff-lacks-permission = `{ $command }` needs the permission **{ $permission }**. Ask an owner of the studio for it; `/staff whoami` shows what you have.
staff-name-one = Name one of both: a person or a role.
staff-owners-only = Only an owner of the studio gives and takes **{ $permission }**.
staff-not-your-own = Nobody changes what they may do themselves, nor what a role may that they hold. Ask an owner of the studio.
staff-not-to-a-bot = A bot cannot be staff. Choose a person.
staff-not-to-a-role = **{ $permission }** is given to a person, never to a role.
staff-not-to-everyone = Every member holds this role. Choose another one.
staff-not-to-a-managed-role = An integration decides who holds this role. Choose one that people give by hand.
staff-role-is-elsewhere = This server has no such role. Choose one of this server.
staff-owner-has-all = They are an owner of the studio, who may do everything.
staff-owner-is-configured = They are an owner of the studio by its configuration (`staff.owners`). Nothing here changes that.
staff-has-it-already = They have **{ $permission }** already.
staff-has-it-not = They have no **{ $permission }**. `/staff list` shows who has what.
reply-permission-granted = { $who } has **{ $permission }** from now on.
reply-permission-taken = { $who } has **{ $permission }** no longer.
list-staff = Who may do what
staff-owners = { $owners } · everything, as owners
staff-given-by = by { $by } { $when }
staff-you-may = What you may do here
staff-as-owner = as an owner
staff-as-user = given to you
staff-by-role = by { $role }

# Customers.
customer-unknown = This person never had to do with the studio.
customer-known-since = Known since { $when }
customer-reads = Reads { $language }; dates in { $timezone }
language-own-english = English
language-own-german = Deutsch
language-own-spanish = español
language-own-latin-american-spanish = español (Latinoamérica)
language-own-south-american-spanish = español (Argentina, Chile, Colombia…)
language-of-discord = As Discord shows it
language-english = English
language-german = German
language-spanish = Spanish
customer-takes-dm = Nothing waits in their inbox
customer-takes-no-dm = DMs are closed; waiting in their inbox: { $waiting }
customer-totals = All invoices
customer-newest = The newest

# The audit log.
list-audit = Audit log
list-audit-empty = Nothing of this kind was written down.
not-an-audit-action = There is no such action. Pick one from the list that appears while you type.
not-an-audit-target = Write an invoice as #12, a person or role by mention or id, or a command as /billing issue.
audit-is-whole = The log is whole: all { $rows } rows are as they were written. The last one has the hash `{ $hash }`. Write down number and hash somewhere else: `atelier audit verify --row` compares them later.
audit-is-whole-but-the-first = The log is whole: all { $rows } rows are as they were written, but the first { $unchained }, which are from before the rows were chained and prove nothing. The last one has the hash `{ $hash }`.
audit-change-dropped = change dropped: the customer was faster
audit-is-broken = Row { $seq } is not what was written, or is missing. Somebody changed the database. Keep it as it is, and tell whoever runs the service.
audit-is-double = Row { $seq } is there twice. Somebody changed the database. Keep it as it is, and tell whoever runs the service.
audit-row-is-outside = A row with the number { $seq } stands outside the chain, where nothing is ever written. Somebody changed the database. Keep it as it is, and tell whoever runs the service.
audit-row-is-nowhere = A row without a number stands outside the chain. Somebody changed the database. Keep it as it is, and tell whoever runs the service.
audit-invoice-issued = invoice issued
audit-edit-begun = change of an invoice begun
audit-invoice-edited = invoice changed
audit-revocation-begun = revocation begun
audit-invoice-revoked = invoice revoked
audit-invoice-sent-again = invoice sent again
audit-invoice-viewed = invoice viewed
audit-invoices-listed = invoices listed
audit-invoice-paid = invoice paid
audit-pay-link-opened = pay link opened
audit-deliverable-added = file attached
audit-deliverable-replaced = file replaced
audit-deliverable-removed = file removed
audit-deliverables-listed = files listed
audit-download-link-issued = download link issued
audit-download-link-opened = download link opened
audit-customer-viewed = customer viewed
audit-choices-shown = looked through choices
audit-staff-listed = staff list read
audit-permission-granted = permission granted
audit-permission-taken = permission taken
audit-audit-read = audit log read
audit-audit-verified = audit log verified
audit-refused = refused

# Menus.
help-menu = In Discord's menu of a person or message, under Apps: **{ $menu }**

# Descriptions of more commands.
command-invoice-check = Ask Stripe now whether your payment arrived
command-invoice-check-invoice = The invoice to ask about
command-deliverable-list-invoice = Only the files of this invoice
command-settings-timezone = Choose the time zone of the dates you type
command-settings-timezone-timezone = The time zone, such as Europe/Berlin
command-billing-issue-due = When it is due, such as 14d or 2026-12-24
command-billing-issue-file = A file to attach at once
command-billing-edit = Change a pending invoice; the customer is told
command-billing-edit-invoice = The invoice to change
command-billing-edit-title = What for, in one line
command-billing-edit-amount = Amount, such as 12.50
command-billing-edit-currency = Currency of the new amount; without it as before
command-billing-edit-description = More about it; - takes it away
command-billing-edit-due = When it is due, such as 14d or 2026-12-24; - takes it away
command-deliver-replace = Put a new version in a file's place; the customer is told
command-deliver-replace-deliverable = The file to replace; type #12 for the files of that invoice
command-deliver-replace-file = The new version
command-deliver-replace-label = What the customer reads; without it as before
command-deliver-remove = Remove a file with its former versions
command-deliver-remove-deliverable = The file to remove; type #12 for the files of that invoice
command-deliver-list = See the files of an invoice, with versions and hashes
command-deliver-list-invoice = The invoice
command-customer = Look at customers
command-customer-view = See what is known about a customer, and their invoices
command-customer-view-user = The customer
command-staff = Who may act for the studio
command-staff-add = Give a permission to a person, or to a role of this server
command-staff-add-permission = What they may do
command-staff-add-user = A person
command-staff-add-role = Or a role of this server
command-staff-remove = Take a permission away
command-staff-remove-permission = What they may no longer do
command-staff-remove-user = From a person
command-staff-remove-role = Or from a role of this server
command-staff-list = See who may do what
command-staff-whoami = See what you may do here, and why
command-audit = What was done, by whom
command-audit-list = See the audit log, the latest first
command-audit-list-actor = Only what this person did
command-audit-list-action = Only this
command-audit-list-target = Only what was done to this: #12, a person, a role
command-audit-verify = Look whether the audit log is as it was written
command-issue_invoice = Issue an invoice to this person
command-attach_as_deliverable = Attach the files of this message to an invoice

# Pages.
page-open-discord = Open Discord
page-try-again = Try again
page-check-again = Check again
page-pay-now = Pay now
page-sandbox = SANDBOX: no money moves here, and nothing leaves this machine.
page-note = Payments by Stripe. The studio never sees your card.
page-home = Find us in Discord
page-home-text = Commissions, invoices and files live there: `/invoice list` shows yours, `/deliverable get` hands out what is ready. This site only takes you to payment and to your downloads.
page-home-dashboard-text = Commissions, invoices and files live there: `/invoice list` shows yours, `/deliverable get` hands out what is ready. Your dashboard here has the same: sign in with Discord.
page-not-found = Page not found
page-not-found-text = Nothing is at this address. Open the link again from the message in Discord.
page-wrong-method = That does not work here
page-wrong-method-text = This address does not take this kind of request. Open the link again from the message in Discord.
page-link-not-valid = This link is not valid
page-download-link-missing = It may be incomplete or long expired. Run `/deliverable get` in Discord for a fresh one.
page-pay-link-missing = It may be incomplete. Open it again from the message in Discord, or run `/invoice pay` there for a fresh one.
page-not-available = Not available
page-link-expired = This link has expired
page-download-used = This link was used
page-download-used-text = A download link opens its file once, in one browser. Run `/deliverable get` in Discord for a fresh one.
page-download-used-sign-in-text = A download link opens its file once, in one browser. Run `/deliverable get` in Discord for a fresh one, or sign in here: then your files open as often as you like.
page-download-anothers-text = This file belongs to somebody else than `{ $name }`, who is signed in here. Sign out, or open the link in the browser of whoever bought it.
page-preview = For one person
page-preview-text = This link is for one person. Open it in a browser.
page-did-not-work = That did not work
page-one-moment = One moment
page-paid = Paid. Thank you!
page-paid-text = Your payment arrived. Run `/deliverable get` in Discord for the files that are ready.
page-processing = Almost there
page-processing-text = Stripe is confirming your payment; you will get a message in Discord as soon as it is through.
page-processing-long-text = Stripe is still confirming your payment. Some ways to pay take days: you can close this page, and you will get a message in Discord.
page-turned-back = Nothing was charged
page-turned-back-text = You left Stripe's page before paying. The invoice stays open: pay now, or later from the message in Discord.
page-changing-text = The studio is changing this invoice. Wait for the message in Discord, then pay from there.
page-revoked = Invoice revoked
page-revoked-text = The studio took this invoice back. There is nothing to pay.

# Refunds and disputes.
files-are-suspended = A dispute about invoice { $number } is open, so its files are closed until it ends.
files-are-withdrawn = The money for invoice { $number } went back, so its files are closed.
files-are-closed-by-a-dispute = A dispute about invoice { $number } was lost, so its files are closed.
file-is-suspended = closed during a dispute
file-is-withdrawn = closed: refunded
refunded = Refunded
refund-on-its-way = Refund on its way
dispute = Dispute
dispute-is-open = open
dispute-is-lost = lost
dispute-is-inquiry = the bank only asks
unpaid-cannot-be-refunded = Invoice { $number } is not paid, so there is nothing to refund. Take it back with `/billing revoke`.
disputed-cannot-be-refunded = A dispute about invoice { $number } is open: Stripe sends nothing back meanwhile. Answer the dispute in Stripe's dashboard.
lost-cannot-be-refunded = A dispute about invoice { $number } was lost, and Stripe sends nothing back of that payment any more.
already-refunded = Invoice { $number } is refunded in full, or will be.
refund-is-too-much = At most { $left } can be refunded.
ask-refund = Send **{ $amount }** back to **{ $customer }** for invoice **{ $number }**? Their files stay open. This cannot be undone.
ask-refund-and-close = Send **{ $amount }** back to **{ $customer }** for invoice **{ $number }**? Everything is refunded then, and their files are closed. This cannot be undone.
ask-refund-of = Send **{ $amount }** back to **{ $customer }** for invoice **{ $number }**? It is the payment with receipt **{ $receipt }**; the files stay as they are. This cannot be undone.
refund-because-twice = This invoice was paid twice.
refund-because-unfit = This payment was not what the invoice asks for.
refund-button = Refund
reply-refunding = Stripe is asked to send **{ $amount }** back for invoice { $number }. The customer is told when it is done; if it fails, you are.
reply-attached-and-withdrawn = The customer is told, and cannot open it: the money went back, or a dispute is open.
notice-payment-refunded = The studio sent money back to you; your bank may take some days to show it.
notice-files-open-again = Your files are open again.
notice-files-suspended = A dispute about this payment was opened: its files are closed until it ends.
notice-files-withdrawn = After the dispute about this payment, the files of this invoice are closed.
notice-late-payment-returned = The studio had taken this invoice back when your payment arrived. You get everything back.
notice-late-payment-arrived = **{ $customer }** paid this invoice while it was taken back. The money goes back in full.
notice-refund-failed = A refund of this invoice failed: the money is still with you. Try again with `/billing attention`, or let it go.
notice-dispute-opened = **{ $customer }** disputes **{ $amount }** of this payment. Their files are closed meanwhile. Answer in Stripe's dashboard before its deadline.
notice-dispute-opened-files-same = **{ $customer }** disputes **{ $amount }** of this payment. Answer in Stripe's dashboard before its deadline.
notice-inquiry-opened = The bank of **{ $customer }** asks about **{ $amount }** of this payment. No money was taken, and the files stay open. Answer in Stripe's dashboard before its deadline, or send the money back with `/billing refund`.
notice-inquiry-closed = The bank's question about this payment is closed: the money stays with you.
notice-dispute-won = The dispute about this payment has ended for you. The files are open again.
notice-dispute-lost = The dispute about this payment is lost: **{ $amount }** went to the customer, and the files are closed.
notice-dispute-lost-files-same = The dispute about this payment is lost: **{ $amount }** went to the customer. The files stay as they were.
audit-refund-requested = refund requested
audit-payment-kept = payment kept, nothing settled
audit-refund-changed = refund changed
audit-dispute-changed = dispute changed
command-billing-refund = Send money back for a paid invoice, after a confirmation
command-billing-refund-invoice = The paid invoice
command-billing-refund-reason = Why, in one line
command-billing-refund-amount = How much; without it all that is left
command-billing-refund-keep-access = Whether the customer keeps their files when all is refunded

# Comparing with Stripe.
date-is-to-come = `{ $typed }` is not over. Write today or a day before.
reply-reconciled = Compared with Stripe: { $events ->
    [one] one event
   *[other] { $events } events
}, of which { $missed } had never arrived; { $sessions ->
    [one] one payment page
   *[other] { $sessions } payment pages
} asked about.
audit-reconciled = compared with Stripe
command-billing-reconcile = Ask Stripe for payments and refunds that never arrived here
command-billing-reconcile-invoice = Only this invoice
command-billing-reconcile-since = Since when, such as 3d or 2026-11-01; without it since the last time

# Money on its way.
status-processing = payment processing
invoice-is-processing = Your payment for invoice { $number } is on its way; some ways to pay take days. You will get a message.
notice-payment-processing = Your payment is on its way. Some ways to pay take days: you will get a message when it has arrived.
notice-payment-unclear = **{ $customer }** paid something that does not fit this invoice, so it counts for nothing yet. Look at it with `/billing attention`.
notice-paid-twice = **{ $customer }** paid this invoice once more. Look at `/billing attention`: it says which payment to send back, and does it.
notice-page-was-unknown = Stripe did not know the payment page of this invoice. That is over: nothing waits for it any more.
page-is-unknown = Stripe does not know the open payment page of this invoice, as after a change of account or mode. Somebody may still pay there until { $until }: a change, a revocation and a new page wait until then.
page-may-be-open = An earlier payment page of this invoice may still be open, and Stripe does not say how it ended. Pay there, or try again after { $when }.
waits-for = Waits for
told-page-unknown = payment page unknown

# What needs a person.
attention = What needs a person
attention-nothing = Nothing needs you. What Stripe sent is applied, and what was decided is done.
attention-more = This is the newest of each kind. Settle some of it, then run `/billing attention` again: there is more.
attention-pick = Pick one to settle it
attention-details = Details
attention-since = Since
attention-is-settled = Nothing is left to do about this: somebody settled it. Run `/billing attention` again.
attention-event = { $outcome }: { $kind }
attention-job = Given up: { $job }
attention-unknown-job = Given up: { $kind }, which this version does not know
attention-refund = Refund failed
attention-paid-twice = Paid twice
attention-unfit = Paid what does not fit
attention-more-of-it = and { $count } more of this kind
attention-job-advice = Tried { $attempts ->
        [one] once
       *[other] { $attempts } times
    }, then given up. Mend what is in the way, then **Retry**; or **Drop** it, and it stays undone.
attention-refund-advice = The money did not go back. **Retry** asks Stripe once more; **Drop** leaves the money with the studio.
attention-twice-advice = The invoice was paid already when this payment came. **Send back** returns { $left }, the payment with receipt { $receipt }; the files stay open. **Drop** leaves the money with the studio.
attention-unfit-advice = This payment is not what the invoice asks for, so it counts for nothing: the invoice stands as if it had not come. **Send back** returns { $left }. **Drop** leaves the money with the studio: then tell the customer what becomes of it.
outcome-applied = applied
outcome-ignored = not about us
outcome-unread = not readable yet
outcome-unmatched = no payment page of ours
outcome-wrong-mode = of Stripe's other mode
outcome-wrong-amount = amount not readable
outcome-wrong-currency = currency not readable
outcome-unpaid = not paid yet
outcome-dropped = dropped
advice-unread = It is read again by itself for a day. **Replay** asks Stripe now; **Drop** it if it is not ours.
advice-unmatched = It names an invoice of ours, but no payment page that we opened, as after a database was restored. Look at the payment in Stripe's dashboard: refund it there or note it, then **Drop** it. **Replay** looks again.
advice-wrong-mode = It comes from Stripe's other mode, test or live. Remove the other mode's webhook endpoint from Stripe, then **Drop** it.
advice-wrong-amount = Money arrived, but Stripe does not say how much in a way that we read, so the invoice is not paid. Look at the payment in Stripe's dashboard: refund it there or note it, then **Drop** it. **Replay** looks again.
advice-settled = Nothing is left to do about it.
job-send-notice = send a message
job-create-customer = make a Stripe customer
job-read-event = read an event of Stripe's
job-expire-session = close a payment page
job-create-refund = send money back
job-discard-upload = delete an upload that nobody needs
replay-button = Replay
retry-button = Retry
send-back-button = Send back
drop-button = Drop
form-drop = Why is it dropped?
form-reason = The reason, for the audit log
reply-dropped = It is dropped, and the reason is in the audit log.
reply-replayed = Stripe was asked again: **{ $outcome }**. Nothing is left to do about it.
reply-replayed-in-vain = Stripe was asked again: still **{ $outcome }**.
reply-retried = It is being tried again. If it fails for another day, it comes back here.
reply-refund-retried = Stripe is asked again to send **{ $amount }** back.
audit-attention-listed = looked at what needs a person
audit-attention-viewed = looked at one thing that needs a person
audit-event-replayed = event replayed
audit-tried-again = tried again
audit-dropped = dropped
command-billing-attention = See what needs a person: unclear payments, failed refunds, what was given up

# Reminders.
notice-invoice-due = A reminder: this invoice is due. Press **Pay** to pay by Stripe.

# Evidence and exports.
reply-evidence = Everything about invoice { $number } in one file: upload it to Stripe as evidence. It names the customer and internet addresses: keep it to yourself.
reply-exported = { $rows ->
    [one] One movement of money.
   *[other] { $rows } movements of money.
} Times are UTC; what left the studio is negative. `discord:` and an apostrophe at the start keep spreadsheets from changing ids and text.
days-are-turned = The first day is after the last one. Turn them round.
export-is-too-large = That is more than fits into a file. Choose fewer days.
evidence-title = Evidence for invoice { $number }
evidence-made = Made { $at } from the studio's records. All times are UTC.
evidence-known-since = known since { $at }
evidence-money = Payments, refunds and disputes
evidence-files = Files that were delivered
evidence-downloads = Download links that were opened
evidence-told = What the customer was told
evidence-log = Audit log
evidence-nothing = Nothing.
evidence-by-dm = by DM { $at }
evidence-inbox = in the inbox since { $at }
evidence-inbox-read = read in the inbox { $at }
evidence-not-sent = not sent yet
told-invoice-due = reminder that the invoice is due
told-payment-failed = payment failed
told-refunded = money went back
told-access-changed = access to files changed
told-late-payment = late payment sent back
told-refund-failed = refund failed
audit-evidence-taken = evidence taken
audit-exported = payments exported
command-billing-evidence = Get one file with everything about an invoice, to answer a dispute
command-billing-evidence-invoice = The invoice
command-billing-export = Get what came in and went back as a table (CSV)
command-billing-export-from = The first day, such as 2026-11-01
command-billing-export-to = The last day, such as 2026-11-30 or 0d for today

# /account.
account-link =
    Sign in with Discord to see your invoices, files and messages from **{ $studio }** in your browser. Discord asks you to allow three things:
    - who you are: your name and your picture
    - your e-mail address: one more sign that you are you
    - which servers you are in, whether you own them and what you may do there: so that the studio notices fraud; no page shows them
    Without the last two everything else works. Your e-mail address and the permission are kept encrypted, your servers and the mark of your picture as they are, until you run `/account disconnect` or take it back at Discord. Your username, and when you signed in first and last, stay. `/about` says what else is kept. What you do here in Discord needs none of it.
account-link-button = Sign in
account-sessions = Where you are signed in
account-session = **{ $browser }** · signed in { $since } · last used { $used }
account-no-sessions = You are signed in nowhere. `/account link` signs you in on the web.
account-signed-out = { $count ->
    [0] You were signed in nowhere.
    [one] One session has ended. Nobody is signed in to your account any more.
   *[other] { $count } sessions have ended. Nobody is signed in to your account any more.
}
account-ask-disconnect =
    Disconnect your account? At once we delete:
    - the permission that you gave at Discord, with its tokens; Discord is told to take it back
    - your e-mail address, your picture's mark, and which servers you are in
    - all sessions: you are signed out everywhere
    Your invoices, receipts and files stay, and work here as before. You can sign in again at any time.
account-disconnect-button = Disconnect
account-disconnected = Your account is disconnected: permission, e-mail address, servers and sessions are deleted. Your invoices and files stay; `/invoice list` shows them.
account-not-connected = Nothing is connected: you never signed in on the web, or disconnected since.
command-account = Sign in on the web, and see and end where you are signed in
command-account-link = Sign in on the web with Discord
command-account-sessions = See where you are signed in
command-account-logout = Sign out everywhere
command-account-disconnect = Take back what you allowed when you signed in, after a confirmation

# Sign-in on the web.
sign-in-is-off = Nobody can sign in here: the studio has not set it up. Everything works in Discord.
sign-in-is-over = This sign-in is over: it was used, or ten minutes have passed. Begin again.
sign-in-is-another-browsers = This sign-in was begun in another browser, or another one was begun since. Begin again here.
session-is-over = That session is over already.
job-read-guilds = read which servers somebody is in
job-revoke-grant = have Discord take back a permission
audit-signed-in = signed in
audit-signed-out = signed out
audit-disconnected = disconnected from Discord

# Words at every change of a payment.
notice-refunded = The studio sent **{ $amount }** back to you; your bank may take some days to show it.
notice-refunded-and-closed = The studio sent **{ $amount }** back to you; your bank may take some days to show it. The files of this invoice are closed with it.
notice-refund-came-back = The money that was sent back did not reach you: it returned to the studio. Ask the studio how you get it.
notice-payment-failed-for-good = Your payment did not arrive, and nothing was charged. There is nothing to pay any more.
notice-dispute-won-and-closed = The dispute about this payment has ended for you. The files stay closed, as the invoice stands.
invoice-or-since = Name an invoice or a day, not both: an invoice is compared from its first day on.

# Signing in, and the dashboard.
page-dashboard = Open your dashboard
page-begin-again = Begin again
page-signed-out = You are signed out
page-signed-out-text = This browser no longer holds anything that opens your account.
page-sign-in-first-text = Your session has ended, so nothing was done. Sign in, then do it again.
page-signed-out-everywhere-text = { $count ->
    [one] One session has ended.
   *[other] { $count } sessions have ended.
} Nobody is signed in to your account any more.
page-disconnected-text = Your account is disconnected from Discord: the permission, your e-mail address and your sessions are gone. Your invoices and files stay, and `/invoice list` in Discord shows them.
page-sign-in-denied = Nothing happened
page-sign-in-denied-text = You did not allow it at Discord, so nobody was signed in and nothing was stored. Everything works in Discord without it; to use this site, sign in and press Authorize.
page-sign-in-failed = The sign-in did not work
page-signed-in-as-another = Signed in, but as somebody else
page-signed-in-as-another-text = You are now signed in as { $name }. The link was made for another Discord account; nothing of that one is shown here. To be that one, switch accounts at Discord and open the link again.
page-form-is-foreign = Nothing was done
page-form-is-foreign-text = This form was not made for your session: the page was open since before you signed in, or another site sent it. Open the page again and repeat it there.
page-not-yours-text = Nothing is at this address, or it is not yours.
page-too-many = That was too fast
page-too-many-text = Too many requests came from here, so this one was not answered. Wait a minute, then load the page again.
page-offline = You are offline
page-offline-text = This page needs the network, and your browser has none right now. Nothing of your account is kept in it.
sign-in-button = Sign in with Discord
web-skip = Skip to the content
web-navigation = Dashboard
web-signed-in-as = Signed in as { $name }
web-sign-out = Sign out
web-theme = Theme
web-theme-light = Light
web-theme-dark = Dark
web-theme-system = System
web-overview = Overview
web-invoices = Invoices
web-files = Files
web-inbox = Inbox
web-sessions = Sessions
web-settings = Settings
web-inbox-waiting = { $count ->
    [0] Nothing waits for you
    [one] One message waits
   *[other] { $count } messages wait
}
web-greeting = Hello, { $name }
web-to-pay = To pay
web-nothing-to-pay = Nothing is open. When the studio issues you an invoice, it appears here.
web-see-open = See all open invoices
web-open-invoices = Open invoices
web-newest-files = Newest files
web-see-files = See all files
web-filter = Show
web-all = All
web-open = Open
web-paid = Paid
web-revoked = Revoked
web-none-of-these = None of your invoices stands like this.
web-invoice = Invoice { $number }
web-all-invoices = All invoices
web-receipt = Receipt
web-receipt-pdf = Receipt (PDF)
web-pages = Pages
web-download-named = Download { $label }
web-inbox-text = What could not reach you by direct message in Discord waits here until you have read it.
web-inbox-empty = Nothing waits for you.
web-mark-read = Mark as read
web-mark-all-read = Mark all as read
web-inbox-more = There are more: they appear here once these are read.
web-sessions-text = The browsers that are signed in to your account. End what you do not know.
browser-on = { $browser } on { $system }
browser-unknown = An unknown browser
web-since = Signed in { $when }
web-seen = Last used { $when }
web-this-browser = this browser
web-end-session = End
web-end-all-sessions = Sign out everywhere
web-saved = Saved.
web-language-and-time = Language and time
web-language = Language
web-timezone = Time zone
web-clock = It is { $clock } there now.
web-save = Save
web-draft = Not saved yet.
web-told-by-discord = What Discord told us
web-discord-id = Discord user
web-username = Username
web-picture-known = Picture known
web-email-known = E-mail address known (kept encrypted)
web-at-discord-since = At Discord since
web-known-since = Known here since
web-first-signed-in = First sign-in
web-signed-in = Last sign-in
web-yes = yes
web-no = no
web-allowed = What you allowed
web-scope-identify = Your name and picture
web-scope-email = Your e-mail address
web-scope-guilds = Which servers you are in, to find fraud
web-scope-allowed = allowed
web-scope-not-allowed = not allowed
web-disconnect = Disconnect from Discord
web-disconnect-question = Disconnect your account?
web-disconnect-text = We give the permission back to Discord, and delete your e-mail address, your picture's mark, what we know of your servers, and all sessions: you are signed out everywhere. Your invoices, receipts and files stay. You can sign in again at any time.
web-keep = Keep it
web-this-browser-keeps = What this browser keeps
web-this-browser-keeps-text = Your theme, what you typed and did not save, and the style and script of these pages for when there is no network. Never a page of your account.
web-clear-without-script = Without scripts this browser keeps nothing but the cookie of your session.
web-clear = Clear everything kept in this browser
web-cleared = Everything is cleared. You are still signed in.

# What an outside service refuses: told to whoever can mend it.
alarm-over = This is over: { $what }
alarm-over-text = It works again; nothing is left to do.
alarm-stripe-key = Stripe refuses the key: nobody can pay.
alarm-stripe-key-advice = Copy a key from Stripe's dashboard (Developers, API keys) to stripe.secret_key, then restart.
alarm-stripe-permission = The Stripe key lacks a permission.
alarm-stripe-permission-advice = Edit the key in Stripe's dashboard: write access to Customers, Checkout Sessions, Charges and Refunds; read access to Payment Intents, Disputes and Events.
alarm-stripe-account = The Stripe key is of another account than before.
alarm-stripe-account-advice = If that is not meant, copy the key of the old account to stripe.secret_key and restart. If it is, drop this in `/billing attention`: from then on the new account is the right one. Payments of the old account can only be refunded there.
alarm-stripe-activation = The Stripe account cannot take live payments yet.
alarm-stripe-activation-advice = Finish the activation in Stripe's dashboard (Activate payments). Until then nobody can pay.
alarm-webhooks = Stripe's events do not arrive by themselves: payments are noticed late.
alarm-webhooks-advice = Run `atelier doctor` and look at the endpoint in Stripe's dashboard (Developers, Webhooks): it must lead to this studio's address, and its signing secret must be in stripe.webhook_secrets.
alarm-discord-token = Discord refuses the bot's token.
alarm-discord-token-advice = Copy it from the developer portal (Bot, Reset Token) to discord.token, then restart.
alarm-client-secret = Discord refuses the client secret: nobody can sign in.
alarm-client-secret-advice = Copy it from the developer portal (OAuth2, Reset Secret) to discord.client_secret, then restart.
alarm-staff-channel = The bot cannot write to the staff channel: staff is told by DM instead.
alarm-staff-channel-advice = Give the bot View Channel, Send Messages and Embed Links there, or correct staff.channel; a channel that was deleted needs another one.
alarm-storage-key = The storage refuses the access key: nobody can download.
alarm-storage-key-advice = Check storage.access_key_id, storage.secret_access_key and storage.region, then restart.
alarm-storage-access = The storage does not let the access key do what is needed.
alarm-storage-access-advice = Give the access key read, write and delete access to the objects of this bucket.
alarm-storage-bucket = The storage has no such bucket: nobody can download.
alarm-storage-bucket-advice = Make the bucket, or correct storage.bucket and restart.
alarm-clock = This machine's clock is wrong: the storage refuses what it signs.
alarm-clock-advice = Set this machine's clock by the network (timedatectl set-ntp true).
alarm-amount = Stripe does not take the amount of this invoice.
alarm-amount-advice = Nobody can pay it. Change the amount or the currency with `/billing edit`: each currency has a smallest and a largest amount at Stripe. The next click on Pay tries again.
alarm-methods = Stripe has no way to pay this invoice.
alarm-methods-advice = Switch on a payment method that takes this currency in Stripe's dashboard (Settings, Payment methods), or change the currency with `/billing edit`. The next click on Pay tries again.
alarm-payment = Stripe does not open a payment page for this invoice.
alarm-payment-advice = Look at the failed request in Stripe's dashboard (Developers, Logs): it says why. The next click on Pay tries again.
alarm-file-gone = A file is not in the storage any more.
alarm-file-gone-advice = Its customer cannot get it. Send it again with `/deliver replace`, restore it in the bucket, or take it away with `/deliver remove`.
look-again-button = Look again
reply-alarm-over = That works now, as far as can be told; should it be refused again, you will be told.
reply-alarm-holds = It is still refused. Mend it as told, then look again; services take a changed setting when they restart.
file-is-gone = This file is not in the studio's storage right now. The studio has been told; you need not do anything.
notice-payment-refused = Stripe does not let **{ $customer }** pay this invoice. `/billing attention` says why and what to do; they were told that you know.
notice-file-gone = **{ $label }** is not in the storage any more, so **{ $customer }** cannot get it. `/billing attention` says what to do.
job-tell-alarm = tell an owner what a service refuses
# The one plain line of a message: all that a phone's notification shows of it. No marks, and our own words first.
line-invoice-issued = Invoice { $number } from { $studio }: { $amount }
line-invoice-due = Invoice { $number } from { $studio } is due: { $amount }
line-invoice-paid = Invoice { $number } from { $studio } is paid: { $amount }. Thank you!
line-invoice-edited = Invoice { $number } from { $studio } was changed: { $amount }
line-invoice-revoked = Invoice { $number } from { $studio } was taken back
line-payment-processing = Your payment for invoice { $number } from { $studio } is on its way
line-payment-failed = Your payment for invoice { $number } from { $studio } did not arrive
line-payment-unclear = A payment by { $customer } does not fit invoice { $number }
line-payment-refused = Stripe does not let { $customer } pay invoice { $number }
line-file-gone = A file of invoice { $number } is not in the storage any more: { $label }
line-payment-received = Payment by { $customer } for invoice { $number }: { $amount }
line-payment-refunded = Money back for invoice { $number } from { $studio }: { $amount }
line-some-refunded = Money back for invoice { $number } from { $studio }
line-refund-came-back = The money back for invoice { $number } from { $studio } did not reach you
line-files-open-again = Your files of invoice { $number } from { $studio } are open again
line-files-closed = Your files of invoice { $number } from { $studio } are closed
line-late-payment-returned = Your late payment for invoice { $number } from { $studio } goes back to you
line-late-payment-arrived = A late payment by { $customer } for invoice { $number } goes back
line-refund-failed = A refund of invoice { $number } failed
line-paid-twice = { $customer } paid invoice { $number } twice
line-page-unknown = Stripe does not know the payment page of invoice { $number }
line-inquiry-opened = The bank of { $customer } asks about invoice { $number }
line-inquiry-closed = The bank's question about invoice { $number } is closed
line-dispute-opened = A dispute by { $customer } about invoice { $number }
line-dispute-won = The dispute about invoice { $number } is won
line-dispute-lost = The dispute about invoice { $number } is lost
line-file-ready = A file from { $studio } is ready for you: { $label } (invoice { $number })
line-file-attached = A file from { $studio } was attached to invoice { $number }: { $label }
line-file-replaced = A new version of a file from { $studio }: { $label } (invoice { $number })
line-file-removed = A file from { $studio } was removed: { $label } (invoice { $number })
message-reference = Reference { $reference }
invoice-numbered = Invoice { $number }
your-file = Your file
