# Was nicht ging und was zu tun ist. In Discord und auf Seiten zu lesen.
account-not-found = Konto nicht gefunden.
invoice-not-found = Rechnung nicht gefunden. Wähle eine aus der Liste, die beim Tippen erscheint.
deliverable-not-found = Datei nicht gefunden. Wähle eine aus der Liste, die beim Tippen erscheint.
more-than-one-file = Damit ist mehr als eine Datei gemeint. Wähl sie aus der Liste, die beim Tippen aufgeht.
link-not-found = Link nicht gefunden.
discord-is-away = Discord antwortet uns gerade nicht. Es wurde nichts geändert; versuche es in einer Minute noch einmal.
discord-refuses = Discord lässt den Bot das nicht tun, also wurde nichts geändert. Prüfe, ob er auf dem Server ist und sehen darf, worum es geht.
discord-refuses-us = Discord lässt uns gerade nicht ein, deshalb geht das nicht. Es wurde nichts geändert. Das Studio weiß Bescheid; du musst nichts tun.
stripe-is-away = Stripe antwortet gerade nicht. Es wurde nichts abgebucht; versuche es in einer Minute noch einmal.
stripe-refuses = Das lässt sich gerade nicht bezahlen. Es wurde nichts abgebucht. Das Studio weiß Bescheid; du musst nichts tun.
storage-is-away = Der Dateispeicher antwortet gerade nicht. Es ging nichts verloren; versuche es in einer Minute noch einmal.
storage-refuses = Dateien gibt es gerade nicht. Das Studio weiß Bescheid; du musst nichts tun.
fault = Bei uns ist etwas schiefgegangen. Versuche es noch einmal; passiert es wieder, sag dem Studio Bescheid und nenne { $reference }.
staff-only = `{ $command }` ist für das Team des Studios, auf dem Server des Studios.
command-without-subcommand = Wähle einen der Befehle, die beim Tippen erscheinen.
command-out-of-date = Discord hat diesen Befehl in einer veralteten Form geschickt. Starte Discord neu, wähle den Befehl noch einmal aus der Liste und fülle ihn aus.
button-is-dead = Dieser Knopf funktioniert nicht mehr. Nimm stattdessen `/invoice list` oder `/deliverable list`.

# Text, den Menschen schreiben. Das Feld beginnt den Satz.
field-title = Der Titel
field-description = Die Beschreibung
field-label = Die Bezeichnung
field-file-name = Der Dateiname
text-of-several-lines = { $field } hat mehr als eine Zeile. Schreib alles in eine.
text-too-long = { $field } ist { $length } Zeichen lang. Schreib höchstens { $max }.
text-with-control-character = { $field } enthält ein Steuerzeichen, das sich nicht anzeigen lässt. Tippe den Text neu, statt ihn einzufügen.
text-shows-nothing = { $field } zeigt nichts. Schreib mindestens ein sichtbares Zeichen.
text-turns-direction = { $field } enthält ein Zeichen, das den Text danach umkehrt. Tippe den Text ohne es neu.
text-mentions = { $field } darf keine Personen, Rollen oder Kanäle erwähnen. Schreib den Namen ohne @ oder #.
text-is-plain = { $field } ist reiner Text: ein verdeckter Link oder ein Codeblock wird nicht als solcher gezeigt. Schreib die Worte, und die Adresse, wie sie ist.

# Beträge, die Menschen schreiben.
not-a-currency = `{ $typed }` ist keine Währung, die Stripe einzieht. Schreib ihre drei Buchstaben, etwa USD, EUR oder JPY.
not-an-amount = `{ $typed }` ist kein Betrag. Schreib ihn wie { $example }, mit einem Punkt.
too-many-decimals = `{ $typed }` ist kein Betrag in { $currency }: { $decimals ->
    [0] { $currency } hat keine Nachkommastellen
    [one] { $currency } hat höchstens eine Nachkommastelle
   *[other] { $currency } hat höchstens { $decimals } Nachkommastellen
}. Schreib ihn wie { $example }.
too-much-money = { $typed } { $currency } ist mehr, als Stripe auf einmal einzieht. Das Höchste ist { $most }.
too-little-money = { $typed } { $currency } ist weniger, als Stripe einzieht. Das Mindeste ist { $least }.

# Rechnungen.
a-bot-cannot-pay = Ein Bot kann nicht zahlen. Wähle die Person, die die Arbeit bestellt hat.
invoice-already-paid = Rechnung { $number } ist schon bezahlt. Danke!
invoice-was-revoked = Rechnung { $number } wurde vom Studio zurückgezogen. Es ist nichts zu zahlen.
invoice-is-being-revoked = Rechnung { $number } wird gerade vom Studio zurückgezogen. Es ist nichts zu zahlen.
invoice-title = Rechnung { $number } · { $title }
invoice = Rechnung
amount = Betrag
status = Stand
issued = Ausgestellt
due = Fällig
paid = Bezahlt
status-pending = offen
status-being-revoked = wird zurückgezogen
status-paid = bezahlt
status-revoked = zurückgezogen
pay-button = Bezahlen
reply-invoice-issued = Rechnung **{ $number }** für **{ $customer }** ist ausgestellt. Die Person bekommt eine Nachricht mit einem Knopf zum Bezahlen. Hänge Dateien mit `/deliver add` an.
reply-pay = Drücke **Bezahlen**, um **{ $amount }** über Stripe zu zahlen; deine Karte sehen wir nie.
list-invoices = Deine Rechnungen
list-invoices-empty = Noch keine Rechnungen. Stellt dir das Studio eine aus, erscheint sie hier und in deinen Direktnachrichten.
list-invoices-none-pending = Keine deiner Rechnungen ist offen. `/invoice list` zeigt alle.
list-invoices-none-paid = Keine deiner Rechnungen ist bezahlt. `/invoice list` zeigt alle.
list-invoices-none-revoked = Keine deiner Rechnungen ist zurückgezogen. `/invoice list` zeigt alle.
list-all-invoices = Rechnungen
list-all-invoices-empty = Noch keine Rechnungen. Stelle die erste mit `/billing issue` aus.

# Dateien.
file-is-empty = Die Datei ist leer. Hänge eine an, in der etwas steht.
file-is-too-large = Die Datei ist größer als { $mebibytes } MiB, mehr nimmt dieses Studio nicht an. Teile oder packe sie.
file-is-not-discords = Das ist keine Datei aus Discord. Hänge sie an den Befehl an.
file-opens-when-paid = Diese Datei öffnet sich, sobald Rechnung { $number } bezahlt ist. Bezahle mit `/invoice pay`.
files-of-revoked-are-closed = Rechnung { $number } wurde vom Studio zurückgezogen, darum sind ihre Dateien geschlossen.
revoked-takes-no-files = Rechnung { $number } ist zurückgezogen. Stelle eine neue aus und hänge die Datei dort an.
download-link-expired = Dieser Download-Link ist abgelaufen. `/deliverable get` in Discord gibt dir einen neuen.
file = Datei
size = Größe
size-in-bytes = { $bytes ->
    [one] { $bytes } Byte
   *[other] { $bytes } Byte
}
file-is-ready = bereit
file-opens-with = öffnet sich, wenn { $number } bezahlt ist
get-file-button = Datei holen
get-button = { $label } holen
download-button = Herunterladen
reply-copying = **{ $name }** ({ $size }) wird in den Speicher kopiert…
reply-attached = An Rechnung { $number } angehängt
reply-attached-and-open = Die Rechnung ist bezahlt: die Kundin oder der Kunde bekommt Bescheid und kann die Datei jetzt herunterladen.
reply-attached-and-closed = Die Kundin oder der Kunde bekommt Bescheid. Die Datei öffnet sich, sobald die Rechnung bezahlt ist.
reply-handout = Drücke **Herunterladen**: Das öffnet die Datei einmal, innerhalb von 15 Minuten, in dem Browser, der zuerst da ist.
reply-handout-direct = Wenn nicht, nimm den [direkten Link]({ $url }): Er gilt 5 Minuten, und für alle, die ihn haben. Behalt ihn also für dich.
list-files = Deine Dateien
list-files-empty = Noch keine Dateien. Hängt das Studio eine an eine deiner Rechnungen an, erscheint sie hier.

# Nachrichten.
notice-invoice-issued = Du hast eine neue Rechnung. Drücke **Bezahlen**, um über Stripe zu zahlen; deine Karte sehen wir nie.
notice-invoice-paid = Deine Zahlung ist angekommen. Danke!
    Du hörst von uns, sobald deine Dateien da sind.
notice-invoice-paid-with-files = Deine Zahlung ist angekommen. Danke!
    Deine Dateien sind bereit: drücke den Knopf oder nimm `/deliverable get`.
field-reason = Der Grund
reason = Grund
customer = Kundschaft
list-files-of-invoice = Dateien ({ $count })
paid-cannot-be-revoked = Rechnung { $number } ist bezahlt und lässt sich nicht zurückziehen.
already-revoked = Rechnung { $number } ist schon zurückgezogen.
already-being-revoked = Rechnung { $number } wird schon zurückgezogen.
payment-is-on-its-way = Eine Zahlung für Rechnung { $number } ist unterwegs. Warte, bis sie angekommen oder gescheitert ist.
ask-revoke = Rechnung **{ $number }** für **{ $customer }** zurückziehen? Sie kann dann nicht mehr bezahlt werden, und der Grund wird mitgeteilt. Das lässt sich nicht rückgängig machen.
revoke-button = Zurückziehen
reply-revoked = Rechnung { $number } ist zurückgezogen, und die Person bekommt Bescheid.
reply-being-revoked = Rechnung { $number } wird zurückgezogen: Ihre Links gelten nicht mehr, und Stripe soll die Bezahlseite schließen. War die Kundschaft schneller, erfährt, wer sie ausgestellt hat, was aus der Zahlung wurde.
reply-resent = { $customer } bekommt noch einmal Bescheid über Rechnung { $number }.
confirmation-is-over = Diese Frage ist vorbei: sie wurde beantwortet, zehn Minuten sind um, oder sie galt nicht dir. Gib den Befehl noch einmal ein.
notice-invoice-revoked = Das Studio hat diese Rechnung zurückgezogen. Es ist nichts zu zahlen.
notice-payment-failed = Deine Zahlung ist nicht angekommen, und es wurde nichts abgebucht. Drücke **Bezahlen**, um es noch einmal zu versuchen.
notice-payment-received = Zahlung von **{ $customer }** erhalten.
notice-file-ready = Eine Datei ist für dich bereit: **{ $label }** ({ $size }).
notice-file-waits = Eine Datei wartet auf dich: **{ $label }** ({ $size }). Sie öffnet sich, sobald die Rechnung bezahlt ist.
notice-file-attached = Eine Datei wurde angehängt: **{ $label }** ({ $size }).
inbox-empty = Hier wartet nichts. Eine Nachricht, die dich nicht als Direktnachricht erreicht, erscheint hier.
inbox-has-more = Vielleicht ist noch mehr da: nimm `/inbox` noch einmal.

# Quittungen und Gutschriften, in Discord und als PDF.
no-receipt = Für Rechnung { $number } ist keine Zahlung angekommen, deshalb gibt es keine Quittung. Sie kommt mit der Zahlung.
receipt-title = Quittung { $number }
credit-note-title = Gutschrift { $number }
credit-note-of = Zu Quittung { $number }: { $title }
credit-notes = Gutschriften
paid-by = Bezahlt von
paid-on = Bezahlt am
credited-on = Datum
payment-reference = Zahlung
refund-reference = Erstattung
what-for = Wofür
arrived = Bezahlt
went-back = Erstattet
remains-paid = Bleibt bezahlt
page-of = Seite { $page } von { $count }
credit-note-cancelled = aufgehoben
credit-note-was-cancelled = Aufgehoben am { $day }: Das Geld kam nicht an, deshalb gilt diese Gutschrift nicht mehr.
credit-note-late = Die Rechnung war schon zurückgezogen, als die Zahlung ankam.
credit-note-at-stripe = Erstattung durch das Studio.
receipt-was-disputed = Nach einer Zahlungsanfechtung hat die Bank { $amount } dieser Zahlung zurückgeholt.
reply-receipt = Die Quittung von **{ $customer }**. Das PDF ist in der Sprache, die dort gelesen wird.
audit-receipt-viewed = Quittung angesehen
day-in-words = { $month ->
    [1] { $day }. Januar { $year }
    [2] { $day }. Februar { $year }
    [3] { $day }. März { $year }
    [4] { $day }. April { $year }
    [5] { $day }. Mai { $year }
    [6] { $day }. Juni { $year }
    [7] { $day }. Juli { $year }
    [8] { $day }. August { $year }
    [9] { $day }. September { $year }
    [10] { $day }. Oktober { $year }
    [11] { $day }. November { $year }
   *[12] { $day }. Dezember { $year }
}
command-invoice-receipt = Die Quittung für eine deiner Zahlungen holen, als PDF
command-invoice-receipt-invoice = Die bezahlte Rechnung
command-billing-receipt = Die Quittung einer beliebigen bezahlten Rechnung holen, als PDF
command-billing-receipt-invoice = Die bezahlte Rechnung

# Einstellungen, Hilfe, Über.
reply-language-chosen = Von jetzt an liest du hier Deutsch.
reply-language-follows = Von jetzt an liest du, was in Discord eingestellt ist: Deutsch.
help-title = Was du hier tun kannst
help-unknown = Diesen Befehl gibt es für dich nicht. `/help` zeigt alle.
about = **{ $studio }** verkauft Auftragsarbeiten mit Atelier { $version }.
    Du bezahlst über Stripe: deine Kartennummer erreicht uns nie.
    In einer Antwort öffnet **Herunterladen** deine Datei einmal, innerhalb von 15 Minuten, in dem Browser, der zuerst da ist. Der direkte Link daneben gilt 5 Minuten, für alle, die ihn haben. Wenn du im Web angemeldet bist, öffnen sich deine Dateien nur für dich, so oft du willst.
kept-title = Was von dir aufbewahrt wird
kept-account = Dein Discord-Konto und Name, seit wann du hier bekannt bist, die Sprache deines Discords, die Sprache und Zeitzone, die du gewählt hast, und deine Kundennummer bei Stripe: damit eine Rechnung dich findet und du sie lesen kannst. Das bleibt.
kept-books = Deine Rechnungen mit Zahlungen, Erstattungen, Zahlungsstreiten und Quittungen, und welche Nachrichten du bekommen und gelesen hast: Das sind die Bücher des Studios. Das bleibt.
kept-files = Die Dateien, die für dich gemacht wurden: bis das Studio eine entfernt. Dann ist die Datei gelöscht; Name, Größe und Prüfsumme bleiben.
kept-audit-log = Ein Protokoll, was von wem getan wurde, auch welche Links geöffnet wurden, und wie oft: um zu belegen, was geschah. Es lässt sich nicht ändern, also bleibt es.
kept-openings = Wann, wie oft und von welcher Internetadresse (verschlüsselt) der Link zu einer Datei geöffnet wurde: um eine Lieferung zu belegen. 180 Tage.
kept-event-bodies = Was Stripe zu einer Zahlung schickt, mit Name, E-Mail-Adresse und Anschrift, die du dort angegeben hast, verschlüsselt: um sie deiner Rechnung zuzuordnen. Bis 30 Tage danach.
kept-transient = Was die Knöpfe am Leben hält: dass du einen gedrückt hast, zwei Stunden; eine Frage von uns, einen Tag; ein Download-Link mit einem Kennzeichen des Browsers, der ihn benutzt hat, eine Woche über sein Ende hinaus; was dir noch gesagt werden soll, bis es gesagt ist.
kept =
    - { kept-account }
    - { kept-books }
    - { kept-files }
    - { kept-audit-log }
    - { kept-openings }
    - { kept-event-bodies }
    - { kept-transient }
    - Anderswo: Discord bewahrt die Nachrichten auf, und Stripe, was du dort angibst. Eine Sicherung enthält, was da war, als sie gemacht wurde, bis das Studio sie löscht.
kept-signed-in-title = Und nur, wenn du dich im Web anmeldest
kept-profile = Dein Discord-Benutzername, und wann du dich zum ersten und zum letzten Mal angemeldet hast: um dich wiederzuerkennen. Das bleibt.
kept-connection = Das Kennzeichen deines Bildes, deine E-Mail-Adresse (verschlüsselt), auf welchen Servern du bist, mit ihren Namen und Bildern, ob sie dir gehören und was du dort darfst, und was du erlaubt hast mit seinen Tokens (verschlüsselt): um dein Bild zu zeigen und Betrug zu bemerken. Bis du `/account disconnect` ausführst oder es bei Discord zurücknimmst. Die Tokens warten dann verschlüsselt, bis Discord sie zurückgenommen hat; wo das nie geschieht, erfährt es das Team.
kept-sessions = Jeder Browser: wie er sich nennt, wann er sich angemeldet hat und zuletzt benutzt wurde: damit du beenden kannst, was du nicht kennst. Bis du dich abmeldest, höchstens { $idle } Tage ohne Benutzung und { $days } Tage insgesamt; eine begonnene Anmeldung zwei Stunden.
kept-signed-in =
    - { kept-profile }
    - { kept-connection }
    - { kept-sessions }
kept-staff-title = Und nur, wenn du für das Studio arbeitest
kept-permissions = Was du darfst, und wer es erlaubt hat: bis das zurückgenommen wird.
kept-staff-work = Was du ausgestellt, geändert, angehängt oder zurückgeschickt hast, und warum: Das bleibt bei den Rechnungen, und im Protokoll mit dem, was du angesehen hast.
kept-staff =
    - { kept-permissions }
    - { kept-staff-work }

# Beschreibungen der Befehle und ihrer Optionen: höchstens 100 Zeichen.
command-invoice = Deine Rechnungen sehen und bezahlen
command-invoice-list = Deine Rechnungen sehen, die neuesten zuerst
command-invoice-list-status = Nur die mit diesem Stand
command-invoice-view = Eine deiner Rechnungen ganz sehen
command-invoice-view-invoice = Die Rechnung
command-invoice-pay = Eine deiner Rechnungen über Stripe bezahlen
command-invoice-pay-invoice = Die Rechnung, die du bezahlst
command-deliverable = Deine Dateien sehen und herunterladen
command-deliverable-list = Deine Dateien sehen, die neuesten zuerst
command-deliverable-get = Eine deiner Dateien herunterladen
command-deliverable-get-deliverable = Die Datei
command-inbox = Lesen, was dich nicht als Direktnachricht erreicht hat
command-settings = Was du liest
command-settings-language = Die Sprache von Antworten und Nachrichten wählen
command-settings-language-language = Die Sprache; Discord: wie Discord sie dir zeigt
command-help = Was du hier tun kannst, oder wie ein Befehl funktioniert
command-help-command = Der Befehl, um den es geht
command-about = Was Atelier ist und was mit deinen Daten geschieht
command-billing = Rechnungen ausstellen und alle sehen
command-billing-issue = Einer Kundin oder einem Kunden eine Rechnung ausstellen
command-billing-issue-user = Wer bezahlt
command-billing-issue-title = Wofür, in einer Zeile
command-billing-issue-amount = Betrag, etwa 12.50
command-billing-issue-currency = Währung, etwa USD; ohne Angabe die des Studios
command-billing-issue-description = Mehr dazu
command-billing-list = Die neuesten Rechnungen aller sehen
command-deliver = Dateien an Rechnungen anhängen
command-deliver-add = Eine Datei an eine Rechnung anhängen; sie öffnet sich, sobald die bezahlt ist
command-deliver-add-invoice = Die Rechnung, zu der die Datei gehört
command-deliver-add-file = Die Datei, die du anhängst
command-deliver-add-label = Was zu lesen ist; ohne Angabe der Dateiname
command-billing-list-user = Nur die dieser Person
command-billing-list-status = Nur die mit diesem Stand
command-billing-view = Eine Rechnung ganz sehen
command-billing-view-invoice = Die Rechnung
command-billing-revoke = Eine offene Rechnung zurückziehen
command-billing-revoke-invoice = Die Rechnung, die du zurückziehst
command-billing-revoke-reason = Was zu lesen ist
command-billing-resend = Noch einmal über eine Rechnung Bescheid geben
command-billing-resend-invoice = Die Rechnung, um die es geht

# Rechnungen ändern, Stripe fragen.
status-being-edited = wird geändert
invoice-is-being-edited = Rechnung { $number } wird gerade vom Studio geändert. Warte auf die Nachricht dazu und zahle dann.
will-be = Wird, sobald Stripe die Bezahlseite geschlossen hat
already-being-edited = Rechnung { $number } wird schon geändert. Warte, bis Stripe die Bezahlseite geschlossen hat, und ändere sie dann noch einmal.
paid-cannot-be-edited = Rechnung { $number } ist bezahlt und lässt sich nicht mehr ändern.
nothing-to-change = Das ändert nichts an Rechnung { $number }. Fülle aus, was anders sein soll.
currency-without-amount = Schreib auch den Betrag: eine andere Währung braucht einen eigenen.
not-a-date = `{ $typed }` ist kein Tag. Schreib ihn wie 24.12.2026 oder 2026-12-24, oder als Zeit ab jetzt: 14d, 2w.
date-is-past = `{ $typed }` ist vorbei. Schreib einen Tag ab heute.
date-is-far = `{ $typed }` liegt zu weit weg. Schreib einen Tag in den nächsten fünf Jahren.
not-a-timezone = `{ $typed }` ist keine Zeitzone. Wähle eine aus der Liste, die beim Tippen erscheint.
reply-timezone-chosen = Datumsangaben, die du tippst, gelten ab jetzt in **{ $timezone }**; dort ist es { $clock } Uhr.
reply-edited = Rechnung **{ $number }** ist geändert, und die Kundschaft erfährt es.
reply-being-edited = Rechnung **{ $number }** wird **{ $title }**, **{ $amount }**, sobald Stripe die Bezahlseite geschlossen hat; bis dahin kann niemand sie bezahlen. War die Kundschaft schneller, ist sie bezahlt, wie sie war.
reply-issued-without-file = Die Datei hängt nicht daran: { $reason } Die Rechnung ist ausgestellt; hänge die Datei mit `/deliver add` an.
notice-invoice-edited = Das Studio hat diese Rechnung geändert: so steht sie jetzt da.
asking-stripe = Stripe wird gefragt …
check-again-later = Stripe wurde gerade erst gefragt. Frag in { $seconds ->
        [one] einer Sekunde
       *[other] { $seconds } Sekunden
    } noch einmal.
checked-paid = Deine Zahlung ist da.
checked-waiting = Es ist noch keine Zahlung da. Bezahle mit `/invoice pay`.
checked-processing = Deine Zahlung ist unterwegs; manche Zahlungsarten brauchen Tage. Du bekommst eine Nachricht.
checked-open = Die Bezahlseite ist offen.

# Listen, die man seitenweise liest.
newer-button = ◀ Neuere
older-button = Ältere ▶
list-files-of = Dateien zu Rechnung { $number }
list-files-of-empty = Zu Rechnung { $number } gibt es keine Dateien. Hänge eine mit `/deliver add` an.

# Fassungen von Dateien, und Dateien aus Nachrichten.
reply-replaced = Ersetzt in Rechnung { $number }: jetzt Fassung { $version }
reply-replaced-told = Die Kundschaft erfährt es. Knöpfe und Links, die sie schon hat, führen zur neuen Fassung.
ask-remove = **{ $label }** aus Rechnung { $number } entfernen? Die Datei wird mit ihren früheren Fassungen gelöscht, Links darauf enden sofort, und die Kundschaft erfährt es. Das lässt sich nicht rückgängig machen.
remove-button = Entfernen
reply-removed = **{ $label }** ist aus Rechnung { $number } entfernt, und die Kundschaft erfährt es.
file-was-removed = Das Studio hat diese Datei entfernt. Mit `/deliverable list` siehst du in Discord deine Dateien.
notice-file-replaced = Eine neue Fassung einer Datei: **{ $label }**, Fassung { $version } ({ $size }).
notice-file-removed = Das Studio hat eine Datei entfernt: **{ $label }**.
message-has-no-files = An dieser Nachricht hängen keine Dateien. Nimm eine mit Anhängen.
attached-title = Dateien der Nachricht

# Formulare: höchstens 45 Zeichen.
form-issue-invoice = Rechnung für { $customer }
form-title = Wofür, in einer Zeile
form-amount = Betrag, etwa 12.50
form-currency = Währung; leer: die des Studios
form-due = Fällig, etwa 14d oder 24.12.2026
form-description = Mehr dazu
form-attach = An eine Rechnung hängen
form-invoice = Nummer der Rechnung
user-not-found = Discord kennt diese Person nicht. Öffne das Menü noch einmal.

# Team.
permission-billing = Rechnungen
permission-support = Betreuung
permission-reviewer = Prüfung
permission-admin = Verwaltung
permission-privacy = Datenschutz
staff-lacks-permission = `{ $command }` braucht die Berechtigung **{ $permission }**. Bitte die Leitung des Studios darum; `/staff whoami` zeigt, was du hast.
staff-name-one = Nenne eines von beiden: eine Person oder eine Rolle.
staff-owners-only = **{ $permission }** vergibt und nimmt nur die Leitung des Studios.
staff-not-your-own = Niemand ändert, was er selbst darf, oder eine eigene Rolle. Bitte die Leitung des Studios.
staff-not-to-a-bot = Ein Bot kann nicht zum Team gehören. Wähle eine Person.
staff-not-to-a-role = **{ $permission }** bekommt eine Person, nie eine Rolle.
staff-not-to-everyone = Diese Rolle haben alle. Wähle eine andere.
staff-not-to-a-managed-role = Wer diese Rolle hat, entscheidet eine Integration. Wähle eine, die Menschen vergeben.
staff-role-is-elsewhere = Diese Rolle gibt es auf diesem Server nicht. Wähle eine von hier.
staff-owner-has-all = Diese Person leitet das Studio und darf alles.
staff-owner-is-configured = Diese Person leitet das Studio durch seine Konfiguration (`staff.owners`). Hier lässt sich das nicht ändern.
staff-has-it-already = **{ $permission }** ist dort schon vergeben.
staff-has-it-not = **{ $permission }** ist dort nicht vergeben. `/staff list` zeigt, wer was hat.
reply-permission-granted = { $who } hat ab jetzt **{ $permission }**.
reply-permission-taken = { $who } hat **{ $permission }** nicht mehr.
list-staff = Wer was darf
staff-owners = { $owners } · alles, als Leitung
staff-given-by = von { $by } { $when }
staff-you-may = Was du hier darfst
staff-as-owner = als Leitung
staff-as-user = dir gegeben
staff-by-role = durch { $role }

# Kundschaft.
customer-unknown = Diese Person hatte mit dem Studio nie zu tun.
customer-known-since = Bekannt seit { $when }
customer-reads = Liest { $language }; Datumsangaben in { $timezone }
language-own-english = English
language-own-german = Deutsch
language-own-spanish = español
language-own-latin-american-spanish = español (Latinoamérica)
language-own-south-american-spanish = español (Argentina, Chile, Colombia…)
language-of-discord = Wie Discord es zeigt
language-english = Englisch
language-german = Deutsch
language-spanish = Spanisch
customer-takes-dm = In ihrem Posteingang wartet nichts
customer-takes-no-dm = Direktnachrichten sind zu; im Posteingang warten: { $waiting }
customer-totals = Alle Rechnungen
customer-newest = Die neuesten

# Das Protokoll.
list-audit = Protokoll
list-audit-empty = Nichts dergleichen steht im Protokoll.
not-an-audit-action = Diese Handlung gibt es nicht. Wähle eine aus der Liste, die beim Tippen erscheint.
not-an-audit-target = Schreib eine Rechnung als #12, eine Person oder Rolle als Erwähnung oder Id, oder einen Befehl als /billing issue.
audit-is-whole = Das Protokoll ist unversehrt: alle { $rows } Zeilen stehen da, wie sie geschrieben wurden. Die letzte hat den Hash `{ $hash }`. Schreib Nummer und Hash anderswo auf: `atelier audit verify --row` vergleicht sie später.
audit-is-whole-but-the-first = Das Protokoll ist unversehrt: Alle { $rows } Zeilen stehen da, wie sie geschrieben wurden, außer den ersten { $unchained }, die älter sind als die Kette und nichts beweisen. Die letzte hat den Hash `{ $hash }`.
audit-change-dropped = Änderung verworfen: die Kundschaft war schneller
audit-is-broken = Zeile { $seq } ist nicht, was geschrieben wurde, oder fehlt. Jemand hat die Datenbank geändert. Lass sie, wie sie ist, und sag dem Betrieb Bescheid.
audit-is-double = Zeile { $seq } ist doppelt da. Jemand hat die Datenbank geändert. Lass sie, wie sie ist, und sag dem Betrieb Bescheid.
audit-row-is-outside = Eine Zeile mit der Nummer { $seq } steht außerhalb der Kette, wo nie etwas geschrieben wird. Jemand hat die Datenbank geändert. Lass sie, wie sie ist, und sag dem Betrieb Bescheid.
audit-row-is-nowhere = Eine Zeile ohne Nummer steht außerhalb der Kette. Jemand hat die Datenbank geändert. Lass sie, wie sie ist, und sag dem Betrieb Bescheid.
audit-invoice-issued = Rechnung ausgestellt
audit-edit-begun = Änderung einer Rechnung begonnen
audit-invoice-edited = Rechnung geändert
audit-revocation-begun = Rücknahme begonnen
audit-invoice-revoked = Rechnung zurückgezogen
audit-invoice-sent-again = Rechnung noch einmal geschickt
audit-invoice-viewed = Rechnung angesehen
audit-invoices-listed = Rechnungen aufgelistet
audit-invoice-paid = Rechnung bezahlt
audit-pay-link-opened = Bezahl-Link geöffnet
audit-deliverable-added = Datei angehängt
audit-deliverable-replaced = Datei ersetzt
audit-deliverable-removed = Datei entfernt
audit-deliverables-listed = Dateien aufgelistet
audit-download-link-issued = Download-Link ausgegeben
audit-download-link-opened = Download-Link geöffnet
audit-customer-viewed = Kundschaft angesehen
audit-choices-shown = Auswahl durchgesehen
audit-staff-listed = Teamliste gelesen
audit-permission-granted = Berechtigung vergeben
audit-permission-taken = Berechtigung genommen
audit-audit-read = Protokoll gelesen
audit-audit-verified = Protokoll geprüft
audit-refused = verweigert

# Menüs.
help-menu = In Discords Menü zu einer Person oder Nachricht, unter Apps: **{ $menu }**

# Beschreibungen weiterer Befehle.
command-invoice-check = Stripe jetzt fragen, ob deine Zahlung da ist
command-invoice-check-invoice = Die Rechnung, um die es geht
command-deliverable-list-invoice = Nur die Dateien dieser Rechnung
command-settings-timezone = Die Zeitzone der Datumsangaben wählen, die du tippst
command-settings-timezone-timezone = Die Zeitzone, etwa Europe/Berlin
command-billing-issue-due = Wann sie fällig ist, etwa 14d oder 24.12.2026
command-billing-issue-file = Eine Datei, die gleich daran hängt
command-billing-edit = Eine offene Rechnung ändern; die Kundschaft erfährt es
command-billing-edit-invoice = Die Rechnung, die sich ändert
command-billing-edit-title = Wofür, in einer Zeile
command-billing-edit-amount = Betrag, etwa 12.50
command-billing-edit-currency = Währung des neuen Betrags; ohne sie wie bisher
command-billing-edit-description = Mehr dazu; - nimmt es weg
command-billing-edit-due = Wann sie fällig ist, etwa 14d oder 24.12.2026; - nimmt es weg
command-deliver-replace = Eine Datei durch eine neue Fassung ersetzen; die Kundschaft erfährt es
command-deliver-replace-deliverable = Die Datei; tippe #12 für die Dateien dieser Rechnung
command-deliver-replace-file = Die neue Fassung
command-deliver-replace-label = Was die Kundschaft liest; ohne das wie bisher
command-deliver-remove = Eine Datei mit ihren früheren Fassungen entfernen
command-deliver-remove-deliverable = Die Datei; tippe #12 für die Dateien dieser Rechnung
command-deliver-list = Die Dateien einer Rechnung sehen, mit Fassungen und Hashes
command-deliver-list-invoice = Die Rechnung
command-customer = Die Kundschaft ansehen
command-customer-view = Sehen, was über jemanden bekannt ist, mit den Rechnungen
command-customer-view-user = Die Person
command-staff = Wer für das Studio handeln darf
command-staff-add = Einer Person oder einer Rolle dieses Servers eine Berechtigung geben
command-staff-add-permission = Was sie darf
command-staff-add-user = Eine Person
command-staff-add-role = Oder eine Rolle dieses Servers
command-staff-remove = Eine Berechtigung nehmen
command-staff-remove-permission = Was sie nicht mehr darf
command-staff-remove-user = Einer Person
command-staff-remove-role = Oder einer Rolle dieses Servers
command-staff-list = Sehen, wer was darf
command-staff-whoami = Sehen, was du hier darfst und warum
command-audit = Was getan wurde, und von wem
command-audit-list = Das Protokoll sehen, das Neueste zuerst
command-audit-list-actor = Nur was diese Person tat
command-audit-list-action = Nur das
command-audit-list-target = Nur was hiermit geschah: #12, eine Person, eine Rolle
command-audit-verify = Prüfen, ob das Protokoll ist, wie es geschrieben wurde
command-issue_invoice = Dieser Person eine Rechnung ausstellen
command-attach_as_deliverable = Die Dateien dieser Nachricht an eine Rechnung hängen

# Seiten.
page-open-discord = Discord öffnen
page-try-again = Noch einmal versuchen
page-check-again = Noch einmal nachsehen
page-pay-now = Jetzt bezahlen
page-sandbox = SANDKASTEN: Hier fließt kein Geld, und nichts verlässt diesen Rechner.
page-note = Zahlung über Stripe. Das Studio sieht deine Karte nie.
page-home = Du findest uns in Discord
page-home-text = Aufträge, Rechnungen und Dateien sind dort: `/invoice list` zeigt deine, `/deliverable get` gibt heraus, was fertig ist. Diese Seite führt nur zum Bezahlen und zu deinen Downloads.
page-home-dashboard-text = Aufträge, Rechnungen und Dateien sind dort: `/invoice list` zeigt deine, `/deliverable get` gibt heraus, was fertig ist. Hier findest du dasselbe, wenn du dich mit Discord anmeldest.
page-not-found = Seite nicht gefunden
page-not-found-text = Unter dieser Adresse ist nichts. Öffne den Link noch einmal aus der Nachricht in Discord.
page-wrong-method = Das geht hier nicht
page-wrong-method-text = Diese Adresse nimmt eine solche Anfrage nicht an. Öffne den Link noch einmal aus der Nachricht in Discord.
page-link-not-valid = Dieser Link gilt nicht
page-download-link-missing = Vielleicht ist er unvollständig oder längst abgelaufen. Mit `/deliverable get` bekommst du in Discord einen neuen.
page-pay-link-missing = Vielleicht ist er unvollständig. Öffne ihn noch einmal aus der Nachricht in Discord, oder hol dir dort mit `/invoice pay` einen neuen.
page-not-available = Nicht verfügbar
page-link-expired = Dieser Link ist abgelaufen
page-download-used = Dieser Link wurde schon benutzt
page-download-used-text = Ein Download-Link öffnet seine Datei einmal, in einem Browser. Mit `/deliverable get` bekommst du in Discord einen neuen.
page-download-used-sign-in-text = Ein Download-Link öffnet seine Datei einmal, in einem Browser. Mit `/deliverable get` bekommst du in Discord einen neuen. Oder melde dich hier an: Dann öffnen sich deine Dateien, so oft du willst.
page-download-anothers-text = Diese Datei gehört jemand anderem als `{ $name }`, und als `{ $name }` bist du hier angemeldet. Melde dich ab, oder öffne den Link im Browser der Person, die sie gekauft hat.
page-preview = Für eine Person
page-preview-text = Dieser Link ist für eine einzelne Person. Öffne ihn in einem Browser.
page-did-not-work = Das hat nicht geklappt
page-one-moment = Einen Moment
page-paid = Bezahlt. Danke!
page-paid-text = Deine Zahlung ist da. Mit `/deliverable get` bekommst du in Discord die Dateien, die fertig sind.
page-processing = Fast geschafft
page-processing-text = Stripe bestätigt gerade deine Zahlung; du bekommst in Discord eine Nachricht, sobald sie durch ist.
page-processing-long-text = Stripe bestätigt deine Zahlung noch. Manche Zahlungsarten brauchen Tage: Du kannst die Seite schließen und bekommst in Discord eine Nachricht.
page-turned-back = Nichts wurde abgebucht
page-turned-back-text = Du hast die Seite von Stripe vor dem Bezahlen verlassen. Die Rechnung bleibt offen: Bezahle jetzt, oder später aus der Nachricht in Discord.
page-changing-text = Das Studio ändert diese Rechnung gerade. Warte auf die Nachricht in Discord und bezahle dann von dort.
page-revoked = Rechnung zurückgezogen
page-revoked-text = Das Studio hat diese Rechnung zurückgezogen. Es ist nichts zu zahlen.

# Erstattungen und Zahlungsstreit.
files-are-suspended = Zu Rechnung { $number } läuft ein Zahlungsstreit; bis er endet, sind ihre Dateien geschlossen.
files-are-withdrawn = Das Geld für Rechnung { $number } ging zurück, deshalb sind ihre Dateien geschlossen.
files-are-closed-by-a-dispute = Eine Zahlungsanfechtung zu Rechnung { $number } ging verloren, deshalb sind ihre Dateien geschlossen.
file-is-suspended = geschlossen, solange gestritten wird
file-is-withdrawn = geschlossen: erstattet
refunded = Erstattet
refund-on-its-way = Erstattung unterwegs
dispute = Zahlungsstreit
dispute-is-open = offen
dispute-is-lost = verloren
dispute-is-inquiry = die Bank fragt nur nach
unpaid-cannot-be-refunded = Rechnung { $number } ist nicht bezahlt; es gibt nichts zu erstatten. Zieh sie mit `/billing revoke` zurück.
disputed-cannot-be-refunded = Zu Rechnung { $number } läuft eine Zahlungsanfechtung: solange zahlt Stripe nichts zurück. Antworte darauf in Stripes Dashboard.
lost-cannot-be-refunded = Eine Zahlungsanfechtung zu Rechnung { $number } ging verloren, und Stripe zahlt von dieser Zahlung nichts mehr zurück.
already-refunded = Rechnung { $number } ist ganz erstattet oder wird es gerade.
refund-is-too-much = Höchstens { $left } lassen sich erstatten.
ask-refund = **{ $amount }** für Rechnung **{ $number }** an **{ $customer }** erstatten? Die Dateien bleiben offen. Das lässt sich nicht rückgängig machen.
ask-refund-and-close = **{ $amount }** für Rechnung **{ $number }** an **{ $customer }** erstatten? Dann ist alles erstattet, und die Dateien werden geschlossen. Das lässt sich nicht rückgängig machen.
ask-refund-of = **{ $amount }** für Rechnung **{ $number }** an **{ $customer }** zurückzahlen? Es ist die Zahlung mit der Quittung **{ $receipt }**; an den Dateien ändert sich nichts. Das lässt sich nicht zurücknehmen.
refund-because-twice = Diese Rechnung wurde zweimal bezahlt.
refund-because-unfit = Diese Zahlung war nicht das, was die Rechnung verlangt.
refund-button = Erstatten
reply-refunding = Stripe soll **{ $amount }** für Rechnung { $number } erstatten. Die Kundschaft erfährt, wenn es geschehen ist; scheitert es, erfährst du es.
reply-attached-and-withdrawn = Die Kundschaft erfährt es und kann sie nicht öffnen: Das Geld ging zurück, oder es wird gestritten.
notice-payment-refunded = Das Studio hat dir Geld erstattet; bis deine Bank es zeigt, können einige Tage vergehen.
notice-files-open-again = Deine Dateien sind wieder offen.
notice-files-suspended = Zu dieser Zahlung läuft ein Zahlungsstreit: Bis er endet, sind die Dateien geschlossen.
notice-files-withdrawn = Nach der Anfechtung dieser Zahlung sind die Dateien dieser Rechnung geschlossen.
notice-late-payment-returned = Das Studio hatte diese Rechnung schon zurückgezogen, als deine Zahlung ankam. Du bekommst alles zurück.
notice-late-payment-arrived = **{ $customer }** hat diese Rechnung bezahlt, während sie zurückgezogen wurde. Das Geld geht ganz zurück.
notice-refund-failed = Eine Erstattung dieser Rechnung ist gescheitert: Das Geld ist noch bei euch. Versuche es mit `/billing attention` noch einmal, oder lass es fallen.
notice-dispute-opened = **{ $customer }** ficht **{ $amount }** dieser Zahlung an. Die Dateien sind solange geschlossen. Antworte in Stripes Dashboard, bevor die Frist endet.
notice-dispute-opened-files-same = **{ $customer }** ficht **{ $amount }** dieser Zahlung an. Antworte in Stripes Dashboard, bevor die Frist endet.
notice-inquiry-opened = Die Bank von **{ $customer }** fragt nach **{ $amount }** dieser Zahlung. Es wurde kein Geld genommen, und die Dateien bleiben offen. Antworte in Stripes Dashboard, bevor die Frist endet, oder zahle mit `/billing refund` zurück.
notice-inquiry-closed = Die Frage der Bank zu dieser Zahlung ist erledigt: das Geld bleibt bei euch.
notice-dispute-won = Der Zahlungsstreit ist zu euren Gunsten beendet. Die Dateien sind wieder offen.
notice-dispute-lost = Die Anfechtung dieser Zahlung ist verloren: **{ $amount }** gingen an die Kundschaft, und die Dateien sind geschlossen.
notice-dispute-lost-files-same = Die Anfechtung dieser Zahlung ist verloren: **{ $amount }** gingen an die Kundschaft. An den Dateien ändert sich nichts.
audit-refund-requested = Erstattung verlangt
audit-payment-kept = Zahlung aufbewahrt, nichts beglichen
audit-refund-changed = Erstattung geändert
audit-dispute-changed = Zahlungsstreit geändert
command-billing-refund = Geld für eine bezahlte Rechnung erstatten, nach einer Rückfrage
command-billing-refund-invoice = Die bezahlte Rechnung
command-billing-refund-reason = Warum, in einer Zeile
command-billing-refund-amount = Wie viel; ohne das alles, was übrig ist
command-billing-refund-keep-access = Ob die Dateien offen bleiben, wenn alles erstattet ist

# Vergleich mit Stripe.
date-is-to-come = `{ $typed }` ist noch nicht vorbei. Schreib heute oder einen Tag davor.
reply-reconciled = Mit Stripe verglichen: { $events ->
    [one] ein Ereignis
   *[other] { $events } Ereignisse
}, davon { $missed } nie angekommen; nach { $sessions ->
    [one] einer Bezahlseite
   *[other] { $sessions } Bezahlseiten
} gefragt.
audit-reconciled = mit Stripe verglichen
command-billing-reconcile = Stripe nach Zahlungen und Erstattungen fragen, die hier nie ankamen
command-billing-reconcile-invoice = Nur diese Rechnung
command-billing-reconcile-since = Seit wann, etwa 3d oder 01.11.2026; ohne das seit dem letzten Mal

# Geld, das unterwegs ist.
status-processing = Zahlung unterwegs
invoice-is-processing = Deine Zahlung für Rechnung { $number } ist unterwegs; manche Zahlungsarten brauchen Tage. Du bekommst eine Nachricht.
notice-payment-processing = Deine Zahlung ist unterwegs. Manche Zahlungsarten brauchen Tage: Du bekommst eine Nachricht, wenn sie angekommen ist.
notice-payment-unclear = **{ $customer }** hat etwas gezahlt, das nicht zu dieser Rechnung passt; es zählt noch nicht. Sieh es dir mit `/billing attention` an.
notice-paid-twice = **{ $customer }** hat diese Rechnung noch einmal bezahlt. `/billing attention` sagt, welche Zahlung zurückgehen soll, und erledigt es.
notice-page-was-unknown = Stripe kannte die Zahlungsseite dieser Rechnung nicht. Das ist vorbei: nichts wartet mehr darauf.
page-is-unknown = Stripe kennt die offene Zahlungsseite dieser Rechnung nicht, wie nach einem Wechsel des Kontos oder des Modus. Dort könnte noch jemand zahlen bis { $until }: Änderung, Rücknahme und eine neue Seite warten bis dahin.
page-may-be-open = Eine frühere Zahlungsseite dieser Rechnung ist vielleicht noch offen, und Stripe sagt nicht, wie sie endete. Bezahle dort, oder versuche es wieder nach { $when }.
waits-for = Wartet auf
told-page-unknown = Zahlungsseite unbekannt

# Was einen Menschen braucht.
attention = Was einen Menschen braucht
attention-nothing = Nichts braucht dich. Was Stripe schickte, ist verarbeitet, und was beschlossen wurde, ist getan.
attention-more = Das ist von jeder Art das Neueste. Erledige etwas davon und rufe `/billing attention` noch einmal auf: es gibt mehr.
attention-pick = Wähle eins, um es zu erledigen
attention-details = Einzelheiten
attention-since = Seit
attention-is-settled = Hier ist nichts mehr zu tun: Jemand hat es erledigt. Rufe `/billing attention` noch einmal auf.
attention-event = { $outcome }: { $kind }
attention-job = Aufgegeben: { $job }
attention-unknown-job = Aufgegeben: { $kind }, was diese Version nicht kennt
attention-refund = Erstattung gescheitert
attention-paid-twice = Zweimal bezahlt
attention-unfit = Bezahlt, was nicht passt
attention-more-of-it = und { $count } weitere dieser Art
attention-job-advice = { $attempts ->
        [one] Einmal
       *[other] { $attempts }-mal
    } versucht, dann aufgegeben. Behebe, was im Weg ist, dann **Erneut versuchen**; oder **Fallen lassen**, dann bleibt es ungetan.
attention-refund-advice = Das Geld ging nicht zurück. **Erneut versuchen** bittet Stripe noch einmal; **Fallen lassen** lässt das Geld beim Studio.
attention-twice-advice = Die Rechnung war schon bezahlt, als diese Zahlung kam. **Zurückzahlen** schickt { $left } zurück, die Zahlung mit der Quittung { $receipt }; die Dateien bleiben offen. **Fallen lassen** lässt das Geld beim Studio.
attention-unfit-advice = Diese Zahlung ist nicht das, was die Rechnung verlangt, und zählt deshalb nicht: die Rechnung steht, als wäre sie nicht gekommen. **Zurückzahlen** schickt { $left } zurück. **Fallen lassen** lässt das Geld beim Studio: dann sag der Kundschaft, was damit geschieht.
outcome-applied = verarbeitet
outcome-ignored = betrifft uns nicht
outcome-unread = noch nicht lesbar
outcome-unmatched = keine Zahlungsseite von uns
outcome-wrong-mode = aus Stripes anderem Modus
outcome-wrong-amount = Betrag nicht lesbar
outcome-wrong-currency = Währung nicht lesbar
outcome-unpaid = noch nicht bezahlt
outcome-dropped = fallen gelassen
advice-unread = Es wird einen Tag lang von selbst noch einmal gelesen. **Wiederholen** fragt Stripe jetzt; **Fallen lassen**, wenn es nicht unseres ist.
advice-unmatched = Es nennt eine Rechnung von uns, aber keine Zahlungsseite, die wir geöffnet haben, etwa nachdem eine Datenbank zurückgespielt wurde. Sieh dir die Zahlung in Stripes Dashboard an: erstatte sie dort oder notiere sie, dann **Fallen lassen**. **Wiederholen** sieht noch einmal nach.
advice-wrong-mode = Es kommt aus Stripes anderem Modus, Test oder Live. Entferne den Webhook-Endpunkt des anderen Modus bei Stripe, dann **Fallen lassen**.
advice-wrong-amount = Geld ist gekommen, aber Stripe sagt nicht lesbar, wie viel, also ist die Rechnung nicht bezahlt. Sieh die Zahlung in Stripes Dashboard an: zahle sie dort zurück oder notiere sie, dann **Fallen lassen**. **Wiederholen** sieht noch einmal nach.
advice-settled = Hier ist nichts mehr zu tun.
job-send-notice = eine Nachricht senden
job-create-customer = einen Stripe-Kunden anlegen
job-read-event = ein Ereignis von Stripe lesen
job-expire-session = eine Zahlungsseite schließen
job-create-refund = Geld zurückschicken
job-discard-upload = eine Datei löschen, die niemand braucht
replay-button = Wiederholen
retry-button = Erneut versuchen
send-back-button = Zurückzahlen
drop-button = Fallen lassen
form-drop = Warum wird es fallen gelassen?
form-reason = Der Grund, für das Protokoll
reply-dropped = Es ist fallen gelassen; der Grund steht im Protokoll.
reply-replayed = Stripe wurde noch einmal gefragt: **{ $outcome }**. Hier ist nichts mehr zu tun.
reply-replayed-in-vain = Stripe wurde noch einmal gefragt: weiterhin **{ $outcome }**.
reply-retried = Es wird noch einmal versucht. Scheitert es einen weiteren Tag, kommt es hierher zurück.
reply-refund-retried = Stripe wird noch einmal gebeten, **{ $amount }** zurückzuschicken.
audit-attention-listed = angesehen, was einen Menschen braucht
audit-attention-viewed = etwas angesehen, das einen Menschen braucht
audit-event-replayed = Ereignis wiederholt
audit-tried-again = erneut versucht
audit-dropped = fallen gelassen
command-billing-attention = Sehen, was einen Menschen braucht: unklare Zahlungen, gescheiterte Erstattungen

# Erinnerungen.
notice-invoice-due = Zur Erinnerung: Diese Rechnung ist fällig. Drücke **Bezahlen**, um über Stripe zu zahlen.

# Belege für Streitfälle und Exporte.
reply-evidence = Alles über Rechnung { $number } in einer Datei: Lade sie bei Stripe als Beweis hoch. Sie nennt den Kunden und Internetadressen: Gib sie nicht weiter.
reply-exported = { $rows ->
    [one] Eine Geldbewegung.
   *[other] { $rows } Geldbewegungen.
} Zeiten sind UTC; was das Studio verließ, ist negativ. `discord:` und ein Apostroph am Anfang verhindern, dass Tabellenprogramme IDs und Texte verändern.
days-are-turned = Der erste Tag liegt nach dem letzten. Vertausche sie.
export-is-too-large = Das ist mehr, als in eine Datei passt. Wähle weniger Tage.
evidence-title = Belege zu Rechnung { $number }
evidence-made = Erstellt { $at } aus den Aufzeichnungen des Studios. Alle Zeiten sind UTC.
evidence-known-since = bekannt seit { $at }
evidence-money = Zahlungen, Erstattungen und Streitfälle
evidence-files = Dateien, die geliefert wurden
evidence-downloads = Download-Links, die geöffnet wurden
evidence-told = Was dem Kunden gesagt wurde
evidence-log = Protokoll
evidence-nothing = Nichts.
evidence-by-dm = per DM { $at }
evidence-inbox = im Posteingang seit { $at }
evidence-inbox-read = im Posteingang gelesen { $at }
evidence-not-sent = noch nicht gesendet
told-invoice-due = Erinnerung, dass die Rechnung fällig ist
told-payment-failed = Zahlung gescheitert
told-refunded = Geld ging zurück
told-access-changed = Zugang zu Dateien geändert
told-late-payment = verspätete Zahlung zurückgeschickt
told-refund-failed = Erstattung gescheitert
audit-evidence-taken = Belege entnommen
audit-exported = Zahlungen exportiert
command-billing-evidence = Eine Datei mit allem über eine Rechnung, als Antwort auf einen Streitfall
command-billing-evidence-invoice = Die Rechnung
command-billing-export = Was einging und zurückging als Tabelle (CSV)
command-billing-export-from = Der erste Tag, etwa 2026-11-01
command-billing-export-to = Der letzte Tag, etwa 2026-11-30, oder 0d für heute

# /account.
account-link =
    Melde dich mit Discord an, um deine Rechnungen, Dateien und Nachrichten von **{ $studio }** im Browser zu sehen. Discord fragt dich nach drei Dingen:
    - wer du bist: dein Name und dein Bild
    - deine E-Mail-Adresse: ein Zeichen mehr, dass du es bist
    - auf welchen Servern du bist, ob sie dir gehören und was du dort darfst: damit das Studio Betrug bemerkt; keine Seite zeigt sie
    Ohne die letzten beiden geht alles andere. E-Mail-Adresse und Erlaubnis werden verschlüsselt aufbewahrt, deine Server und das Kennzeichen deines Bildes, wie sie sind, bis du `/account disconnect` ausführst oder es bei Discord zurücknimmst. Dein Benutzername, und wann du dich zum ersten und zum letzten Mal angemeldet hast, bleiben. `/about` sagt, was sonst aufbewahrt wird. Was du hier in Discord tust, braucht nichts davon.
account-link-button = Anmelden
account-sessions = Wo du angemeldet bist
account-session = **{ $browser }** · angemeldet { $since } · zuletzt benutzt { $used }
account-no-sessions = Du bist nirgends angemeldet. `/account link` meldet dich im Web an.
account-signed-out = { $count ->
    [0] Du warst nirgends angemeldet.
    [one] Eine Sitzung ist beendet. Niemand ist mehr mit deinem Konto angemeldet.
   *[other] { $count } Sitzungen sind beendet. Niemand ist mehr mit deinem Konto angemeldet.
}
account-ask-disconnect =
    Dein Konto trennen? Wir löschen sofort:
    - die Erlaubnis, die du bei Discord gegeben hast, mit ihren Tokens; Discord soll sie zurücknehmen
    - deine E-Mail-Adresse, das Kennzeichen deines Bildes und auf welchen Servern du bist
    - alle Sitzungen: du bist überall abgemeldet
    Deine Rechnungen, Quittungen und Dateien bleiben und gehen hier wie bisher. Du kannst dich jederzeit wieder anmelden.
account-disconnect-button = Trennen
account-disconnected = Dein Konto ist getrennt: Erlaubnis, E-Mail-Adresse, Server und Sitzungen sind gelöscht. Deine Rechnungen und Dateien bleiben; `/invoice list` zeigt sie.
account-not-connected = Nichts ist verbunden: Du hast dich nie im Web angemeldet oder seitdem getrennt.
command-account = Im Web anmelden, und sehen und beenden, wo du angemeldet bist
command-account-link = Mit Discord im Web anmelden
command-account-sessions = Sehen, wo du angemeldet bist
command-account-logout = Überall abmelden
command-account-disconnect = Zurücknehmen, was du bei der Anmeldung erlaubt hast, nach einer Rückfrage

# Anmeldung im Web.
sign-in-is-off = Hier kann sich niemand anmelden: Das Studio hat es nicht eingerichtet. In Discord geht alles.
sign-in-is-over = Diese Anmeldung ist vorbei: Sie wurde benutzt, oder zehn Minuten sind vergangen. Beginne von vorn.
sign-in-is-another-browsers = Diese Anmeldung wurde in einem anderen Browser begonnen, oder seitdem eine andere. Beginne hier von vorn.
session-is-over = Diese Sitzung ist schon vorbei.
job-read-guilds = lesen, auf welchen Servern jemand ist
job-revoke-grant = Discord eine Erlaubnis zurücknehmen lassen
audit-signed-in = angemeldet
audit-signed-out = abgemeldet
audit-disconnected = von Discord getrennt

# Worte zu jeder Änderung einer Zahlung.
notice-refunded = Das Studio hat dir **{ $amount }** erstattet; bis deine Bank es zeigt, können einige Tage vergehen.
notice-refunded-and-closed = Das Studio hat dir **{ $amount }** erstattet; bis deine Bank es zeigt, können einige Tage vergehen. Die Dateien dieser Rechnung sind damit geschlossen.
notice-refund-came-back = Das erstattete Geld hat dich nicht erreicht: Es kam zum Studio zurück. Frag das Studio, wie du es bekommst.
notice-payment-failed-for-good = Deine Zahlung ist nicht angekommen, und es wurde nichts abgebucht. Es gibt nichts mehr zu bezahlen.
notice-dispute-won-and-closed = Der Zahlungsstreit ist zu euren Gunsten beendet. Die Dateien bleiben geschlossen, so wie die Rechnung steht.
invoice-or-since = Nenne eine Rechnung oder einen Tag, nicht beides: Eine Rechnung wird von ihrem ersten Tag an verglichen.

# Signing in, and the dashboard.
page-dashboard = Zur Übersicht
page-begin-again = Von vorn beginnen
page-signed-out = Du bist abgemeldet
page-signed-out-text = Dieser Browser hat nichts mehr, das dein Konto öffnet.
page-sign-in-first-text = Deine Sitzung ist zu Ende, darum wurde nichts getan. Melde dich an und tu es noch einmal.
page-signed-out-everywhere-text = { $count ->
    [one] Eine Sitzung ist beendet.
   *[other] { $count } Sitzungen sind beendet.
} Niemand ist mehr in deinem Konto angemeldet.
page-disconnected-text = Dein Konto ist von Discord getrennt: die Erlaubnis, deine E-Mail-Adresse und deine Sitzungen sind weg. Deine Rechnungen und Dateien bleiben; `/invoice list` in Discord zeigt sie.
page-sign-in-denied = Nichts ist geschehen
page-sign-in-denied-text = Du hast es bei Discord nicht erlaubt, darum wurde niemand angemeldet und nichts gespeichert. In Discord geht alles auch so; für diese Seite melde dich an und drücke Autorisieren.
page-sign-in-failed = Die Anmeldung ging nicht
page-signed-in-as-another = Angemeldet, aber als jemand anderes
page-signed-in-as-another-text = Du bist jetzt als { $name } angemeldet. Der Link war für ein anderes Discord-Konto; von dem wird hier nichts gezeigt. Willst du jenes sein, wechsle bei Discord das Konto und öffne den Link noch einmal.
page-form-is-foreign = Nichts wurde getan
page-form-is-foreign-text = Dieses Formular gehört nicht zu deiner Sitzung: Die Seite war schon vor deiner Anmeldung offen, oder eine andere Seite hat es geschickt. Öffne die Seite neu und wiederhole es dort.
page-not-yours-text = An dieser Adresse ist nichts, oder es gehört nicht dir.
page-too-many = Das war zu schnell
page-too-many-text = Von hier kamen zu viele Anfragen, darum wurde diese nicht beantwortet. Warte eine Minute und lade die Seite neu.
page-offline = Du bist offline
page-offline-text = Diese Seite braucht das Netz, und dein Browser hat gerade keines. Von deinem Konto bewahrt er nichts auf.
sign-in-button = Mit Discord anmelden
web-skip = Zum Inhalt springen
web-navigation = Bereiche
web-signed-in-as = Angemeldet als { $name }
web-sign-out = Abmelden
web-theme = Darstellung
web-theme-light = Hell
web-theme-dark = Dunkel
web-theme-system = System
web-overview = Übersicht
web-invoices = Rechnungen
web-files = Dateien
web-inbox = Posteingang
web-sessions = Sitzungen
web-settings = Einstellungen
web-inbox-waiting = { $count ->
    [0] Nichts wartet auf dich
    [one] Eine Nachricht wartet
   *[other] { $count } Nachrichten warten
}
web-greeting = Hallo, { $name }
web-to-pay = Zu zahlen
web-nothing-to-pay = Nichts ist offen. Stellt dir das Studio eine Rechnung, erscheint sie hier.
web-see-open = Alle offenen Rechnungen
web-open-invoices = Offene Rechnungen
web-newest-files = Neueste Dateien
web-see-files = Alle Dateien
web-filter = Zeigen
web-all = Alle
web-open = Offen
web-paid = Bezahlt
web-revoked = Zurückgenommen
web-none-of-these = Keine deiner Rechnungen steht so.
web-invoice = Rechnung { $number }
web-all-invoices = Alle Rechnungen
web-receipt = Beleg
web-receipt-pdf = Beleg (PDF)
web-pages = Seiten
web-download-named = { $label } herunterladen
web-inbox-text = Was dich in Discord nicht als Direktnachricht erreichte, wartet hier, bis du es gelesen hast.
web-inbox-empty = Nichts wartet auf dich.
web-mark-read = Als gelesen markieren
web-mark-all-read = Alle als gelesen markieren
web-inbox-more = Es gibt noch mehr: Sie erscheinen hier, sobald diese gelesen sind.
web-sessions-text = Die Browser, die in deinem Konto angemeldet sind. Beende, was du nicht kennst.
browser-on = { $browser } auf { $system }
browser-unknown = Ein unbekannter Browser
web-since = Angemeldet { $when }
web-seen = Zuletzt benutzt { $when }
web-this-browser = dieser Browser
web-end-session = Beenden
web-end-all-sessions = Überall abmelden
web-saved = Gespeichert.
web-language-and-time = Sprache und Zeit
web-language = Sprache
web-timezone = Zeitzone
web-clock = Dort ist es jetzt { $clock } Uhr.
web-save = Speichern
web-draft = Noch nicht gespeichert.
web-told-by-discord = Was Discord uns sagte
web-discord-id = Discord-Nutzer
web-username = Benutzername
web-picture-known = Bild bekannt
web-email-known = E-Mail-Adresse bekannt (verschlüsselt)
web-at-discord-since = Bei Discord seit
web-known-since = Hier bekannt seit
web-first-signed-in = Erste Anmeldung
web-signed-in = Letzte Anmeldung
web-yes = ja
web-no = nein
web-allowed = Was du erlaubt hast
web-scope-identify = Dein Name und Bild
web-scope-email = Deine E-Mail-Adresse
web-scope-guilds = Auf welchen Servern du bist, gegen Betrug
web-scope-allowed = erlaubt
web-scope-not-allowed = nicht erlaubt
web-disconnect = Von Discord trennen
web-disconnect-question = Dein Konto trennen?
web-disconnect-text = Wir geben die Erlaubnis an Discord zurück und löschen deine E-Mail-Adresse, das Kennzeichen deines Bildes, was wir von deinen Servern wissen, und alle Sitzungen: Du bist überall abgemeldet. Rechnungen, Belege und Dateien bleiben. Du kannst dich jederzeit wieder anmelden.
web-keep = Behalten
web-this-browser-keeps = Was dieser Browser aufbewahrt
web-this-browser-keeps-text = Deine Darstellung, was du getippt und nicht gespeichert hast, und Aussehen und Skript dieser Seiten für die Zeit ohne Netz. Nie eine Seite deines Kontos.
web-clear-without-script = Ohne Skripte bewahrt dieser Browser nur das Cookie deiner Sitzung auf.
web-clear = Alles in diesem Browser löschen
web-cleared = Alles ist gelöscht. Du bist noch angemeldet.

# Was ein Dienst ablehnt: gesagt wird es dem, der es beheben kann.
alarm-over = Das ist vorbei: { $what }
alarm-over-text = Es geht wieder; hier ist nichts mehr zu tun.
alarm-stripe-key = Stripe lehnt den Schlüssel ab: Niemand kann bezahlen.
alarm-stripe-key-advice = Kopiere einen Schlüssel aus dem Stripe-Dashboard (Entwickler, API-Schlüssel) nach stripe.secret_key und starte neu.
alarm-stripe-permission = Dem Stripe-Schlüssel fehlt eine Berechtigung.
alarm-stripe-permission-advice = Bearbeite den Schlüssel im Stripe-Dashboard: Schreiben bei Customers, Checkout Sessions, Charges and Refunds; Lesen bei Payment Intents, Disputes und Events.
alarm-stripe-account = Der Stripe-Schlüssel gehört zu einem anderen Konto als vorher.
alarm-stripe-account-advice = Ist das nicht gewollt, kopiere den Schlüssel des alten Kontos nach stripe.secret_key und starte neu. Ist es gewollt, lass das hier in `/billing attention` fallen: Dann gilt ab jetzt das neue Konto. Zahlungen des alten Kontos lassen sich nur dort erstatten.
alarm-stripe-activation = Das Stripe-Konto darf noch keine echten Zahlungen annehmen.
alarm-stripe-activation-advice = Schließe die Aktivierung im Stripe-Dashboard ab (Zahlungen aktivieren). Bis dahin kann niemand bezahlen.
alarm-webhooks = Die Ereignisse von Stripe kommen nicht von selbst an: Zahlungen werden erst spät bemerkt.
alarm-webhooks-advice = Führe `atelier doctor` aus und sieh dir den Endpunkt im Stripe-Dashboard an (Entwickler, Webhooks): Er muss zur Adresse dieses Studios führen, und sein Signaturgeheimnis muss in stripe.webhook_secrets stehen.
alarm-discord-token = Discord lehnt das Token des Bots ab.
alarm-discord-token-advice = Kopiere es aus dem Developer Portal (Bot, Reset Token) nach discord.token und starte neu.
alarm-client-secret = Discord lehnt das Client Secret ab: Niemand kann sich anmelden.
alarm-client-secret-advice = Kopiere es aus dem Developer Portal (OAuth2, Reset Secret) nach discord.client_secret und starte neu.
alarm-staff-channel = Der Bot kann nicht in den Teamkanal schreiben: Das Team bekommt stattdessen DMs.
alarm-staff-channel-advice = Gib dem Bot dort View Channel, Send Messages und Embed Links, oder berichtige staff.channel; ist der Kanal gelöscht, braucht es einen anderen.
alarm-storage-key = Der Dateispeicher lehnt den Zugangsschlüssel ab: Niemand kann herunterladen.
alarm-storage-key-advice = Prüfe storage.access_key_id, storage.secret_access_key und storage.region, dann starte neu.
alarm-storage-access = Der Dateispeicher erlaubt dem Zugangsschlüssel nicht, was nötig ist.
alarm-storage-access-advice = Gib dem Zugangsschlüssel das Recht, die Objekte dieses Buckets zu lesen, zu schreiben und zu löschen.
alarm-storage-bucket = Der Dateispeicher hat keinen solchen Bucket: Niemand kann herunterladen.
alarm-storage-bucket-advice = Lege den Bucket an, oder berichtige storage.bucket und starte neu.
alarm-clock = Die Uhr dieses Rechners geht falsch: Der Dateispeicher lehnt ab, was er unterschreibt.
alarm-clock-advice = Stelle die Uhr dieses Rechners nach dem Netz (timedatectl set-ntp true).
alarm-amount = Stripe nimmt den Betrag dieser Rechnung nicht an.
alarm-amount-advice = Niemand kann sie bezahlen. Ändere Betrag oder Währung mit `/billing edit`: Für jede Währung gibt es bei Stripe einen kleinsten und einen größten Betrag. Der nächste Klick auf „Bezahlen“ versucht es wieder.
alarm-methods = Bei Stripe gibt es keinen Weg, diese Rechnung zu bezahlen.
alarm-methods-advice = Schalte im Stripe-Dashboard (Einstellungen, Zahlungsmethoden) eine Zahlungsmethode für diese Währung ein, oder ändere die Währung mit `/billing edit`. Der nächste Klick auf „Bezahlen“ versucht es wieder.
alarm-payment = Stripe öffnet für diese Rechnung keine Bezahlseite.
alarm-payment-advice = Sieh dir im Stripe-Dashboard (Entwickler, Protokolle) die fehlgeschlagene Anfrage an: Dort steht, warum. Der nächste Klick auf „Bezahlen“ versucht es wieder.
alarm-file-gone = Eine Datei ist nicht mehr im Dateispeicher.
alarm-file-gone-advice = Wer sie gekauft hat, bekommt sie nicht. Schicke sie noch einmal mit `/deliver replace`, stelle sie im Bucket wieder her, oder nimm sie mit `/deliver remove` weg.
look-again-button = Noch einmal prüfen
reply-alarm-over = Das geht jetzt, soweit es sich sagen lässt; wird es wieder abgelehnt, hörst du davon.
reply-alarm-holds = Es wird weiter abgelehnt. Behebe es wie beschrieben und prüfe noch einmal; eine geänderte Einstellung gilt nach einem Neustart.
file-is-gone = Diese Datei ist gerade nicht im Speicher des Studios. Das Studio weiß Bescheid; du musst nichts tun.
notice-payment-refused = Stripe lässt **{ $customer }** diese Rechnung nicht bezahlen. Warum und was zu tun ist, steht in `/billing attention`; dass du es weißt, wurde gesagt.
notice-file-gone = **{ $label }** ist nicht mehr im Dateispeicher, also bekommt **{ $customer }** die Datei nicht. Was zu tun ist, steht in `/billing attention`.
job-tell-alarm = jemandem sagen, was ein Dienst ablehnt
# Die eine schlichte Zeile einer Nachricht: mehr zeigt die Mitteilung auf dem Telefon nicht. Ohne Auszeichnung, und mit unseren Worten am Anfang.
line-invoice-issued = Rechnung { $number } von { $studio }: { $amount }
line-invoice-due = Rechnung { $number } von { $studio } ist fällig: { $amount }
line-invoice-paid = Rechnung { $number } von { $studio } ist bezahlt: { $amount }. Danke!
line-invoice-edited = Rechnung { $number } von { $studio } wurde geändert: { $amount }
line-invoice-revoked = Rechnung { $number } von { $studio } wurde zurückgezogen
line-payment-processing = Deine Zahlung für Rechnung { $number } von { $studio } ist unterwegs
line-payment-failed = Deine Zahlung für Rechnung { $number } von { $studio } ist nicht angekommen
line-payment-unclear = Eine Zahlung von { $customer } passt nicht zu Rechnung { $number }
line-payment-refused = Stripe lässt { $customer } Rechnung { $number } nicht bezahlen
line-file-gone = Eine Datei zu Rechnung { $number } ist nicht mehr im Dateispeicher: { $label }
line-payment-received = Zahlung von { $customer } für Rechnung { $number }: { $amount }
line-payment-refunded = Erstattung für Rechnung { $number } von { $studio }: { $amount }
line-some-refunded = Erstattung für Rechnung { $number } von { $studio }
line-refund-came-back = Die Erstattung für Rechnung { $number } von { $studio } ist nicht bei dir angekommen
line-files-open-again = Deine Dateien zu Rechnung { $number } von { $studio } sind wieder offen
line-files-closed = Deine Dateien zu Rechnung { $number } von { $studio } sind geschlossen
line-late-payment-returned = Deine verspätete Zahlung für Rechnung { $number } von { $studio } geht an dich zurück
line-late-payment-arrived = Eine verspätete Zahlung von { $customer } für Rechnung { $number } geht zurück
line-refund-failed = Eine Erstattung zu Rechnung { $number } ist gescheitert
line-paid-twice = { $customer } hat Rechnung { $number } doppelt bezahlt
line-page-unknown = Stripe kennt die Zahlungsseite von Rechnung { $number } nicht
line-inquiry-opened = Die Bank von { $customer } fragt nach Rechnung { $number }
line-inquiry-closed = Die Rückfrage der Bank zu Rechnung { $number } ist erledigt
line-dispute-opened = Zahlungsstreit mit { $customer } um Rechnung { $number }
line-dispute-won = Der Zahlungsstreit um Rechnung { $number } ist gewonnen
line-dispute-lost = Der Zahlungsstreit um Rechnung { $number } ist verloren
line-file-ready = Eine Datei von { $studio } ist für dich bereit: { $label } (Rechnung { $number })
line-file-attached = Eine Datei von { $studio } wurde an Rechnung { $number } angehängt: { $label }
line-file-replaced = Neue Fassung einer Datei von { $studio }: { $label } (Rechnung { $number })
line-file-removed = Eine Datei von { $studio } wurde entfernt: { $label } (Rechnung { $number })
message-reference = Kennung { $reference }
invoice-numbered = Rechnung { $number }
your-file = Deine Datei
