# Qué falló y qué hacer. Se muestra en Discord y en páginas.
account-not-found = No se encontró la cuenta.
invoice-not-found = No se encontró la factura. Elige una de la lista que aparece al escribir.
deliverable-not-found = No se encontró el archivo. Elige uno de la lista que aparece al escribir.
more-than-one-file = Eso nombra más de un archivo. Elígelo de la lista que se abre mientras escribes.
link-not-found = No se encontró el enlace.
discord-is-away = Discord no nos responde en este momento. No se cambió nada; inténtalo de nuevo en un minuto.
discord-refuses = Discord no deja al bot hacerlo, así que no se cambió nada. Comprueba que está en el servidor y puede ver de qué se trata.
discord-refuses-us = Discord no nos deja entrar en este momento, así que esto no funciona. No se cambió nada. El estudio ya lo sabe; no tienes que hacer nada.
stripe-is-away = Stripe no responde en este momento. No se cobró nada; inténtalo de nuevo en un minuto.
stripe-refuses = Ahora mismo no se puede pagar. No se cobró nada. El estudio ya lo sabe; no tienes que hacer nada.
storage-is-away = El almacén de archivos no responde en este momento. No se perdió nada; inténtalo de nuevo en un minuto.
storage-refuses = Ahora mismo no se pueden obtener archivos. El estudio ya lo sabe; no tienes que hacer nada.
fault = Algo falló por nuestra parte. Inténtalo de nuevo; si vuelve a pasar, avisa al estudio e indica la referencia { $reference }.
staff-only = `{ $command }` es para el equipo del estudio, en el servidor del estudio.
command-without-subcommand = Elige uno de los comandos que aparecen al escribir.
command-out-of-date = Discord envió este comando en una forma anticuada. Reinicia Discord, elige el comando otra vez de la lista y rellena sus opciones.
button-is-dead = Este botón ya no funciona. Usa `/invoice list` o `/deliverable list`.

# Textos que la gente escribe. El campo empieza la frase.
field-title = El título
field-description = La descripción
field-label = La etiqueta
field-file-name = El nombre del archivo
text-of-several-lines = { $field } tiene más de una línea. Escríbelo en una sola.
text-too-long = { $field } tiene { $length } caracteres. Escribe { $max } como máximo.
text-with-control-character = { $field } contiene un carácter de control que no se puede mostrar. Escríbelo de nuevo en vez de pegarlo.
text-shows-nothing = { $field } no muestra nada. Escribe al menos un carácter visible.
text-turns-direction = { $field } contiene un carácter que invierte el texto que sigue. Escríbelo de nuevo sin él.
text-mentions = { $field } no puede mencionar personas, roles ni canales. Escribe el nombre sin @ ni #.
text-is-plain = { $field } es texto simple: un enlace oculto o un bloque de código no se muestra como tal. Escribe las palabras, y la dirección tal cual.

# Importes que la gente escribe.
not-a-currency = `{ $typed }` no es una moneda que Stripe cobre. Escribe sus tres letras, como USD, EUR o JPY.
not-an-amount = `{ $typed }` no es un importe. Escríbelo como { $example }, con un punto.
too-many-decimals = `{ $typed }` no es un importe en { $currency }: { $decimals ->
    [0] { $currency } no tiene decimales
    [one] { $currency } admite un decimal como máximo
   *[other] { $currency } admite { $decimals } decimales como máximo
}. Escríbelo como { $example }.
too-much-money = { $typed } { $currency } es más de lo que Stripe cobra de una vez. Lo máximo es { $most }.
too-little-money = { $typed } { $currency } es menos de lo que Stripe cobra. Lo mínimo es { $least }.

# Facturas.
a-bot-cannot-pay = Un bot no puede pagar. Elige a la persona que encargó el trabajo.
invoice-already-paid = La factura { $number } ya está pagada. ¡Gracias!
invoice-was-revoked = El estudio anuló la factura { $number }. No hay nada que pagar.
invoice-is-being-revoked = El estudio está anulando la factura { $number }. No hay nada que pagar.
invoice-title = Factura { $number } · { $title }
invoice = Factura
amount = Importe
status = Estado
issued = Emitida
due = Vence
paid = Pagada
status-pending = pendiente
status-being-revoked = anulándose
status-paid = pagada
status-revoked = anulada
pay-button = Pagar
reply-invoice-issued = La factura **{ $number }** para **{ $customer }** está emitida. Recibe un mensaje con un botón para pagar. Adjunta archivos con `/deliver add`.
reply-pay = Pulsa **Pagar** para pagar **{ $amount }** con Stripe; nunca vemos tu tarjeta.
list-invoices = Tus facturas
list-invoices-empty = Aún no hay facturas. Cuando el estudio te emita una, aparecerá aquí y en tus mensajes directos.
list-invoices-none-pending = Ninguna de tus facturas está pendiente. `/invoice list` las muestra todas.
list-invoices-none-paid = Ninguna de tus facturas está pagada. `/invoice list` las muestra todas.
list-invoices-none-revoked = Ninguna de tus facturas está anulada. `/invoice list` las muestra todas.
list-all-invoices = Facturas
list-all-invoices-empty = Aún no hay facturas. Emite la primera con `/billing issue`.

# Archivos.
file-is-empty = El archivo está vacío. Adjunta uno que contenga algo.
file-is-too-large = El archivo pasa de { $mebibytes } MiB, lo máximo que acepta este estudio. Divídelo o comprímelo.
file-is-not-discords = Eso no es un archivo de Discord. Adjúntalo al comando.
file-opens-when-paid = Este archivo se abre cuando la factura { $number } esté pagada. Paga con `/invoice pay`.
files-of-revoked-are-closed = El estudio anuló la factura { $number }, así que sus archivos están cerrados.
revoked-takes-no-files = La factura { $number } está anulada. Emite una nueva y adjunta el archivo allí.
download-link-expired = Este enlace de descarga ha caducado. Usa `/deliverable get` en Discord para obtener otro.
file = Archivo
size = Tamaño
size-in-bytes = { $bytes ->
    [one] { $bytes } byte
   *[other] { $bytes } bytes
}
file-is-ready = listo
file-opens-with = se abre cuando { $number } esté pagada
get-file-button = Obtener archivo
get-button = Obtener { $label }
download-button = Descargar
reply-copying = Copiando **{ $name }** ({ $size }) al almacén…
reply-attached = Adjuntado a la factura { $number }
reply-attached-and-open = La factura está pagada: se avisa al cliente, que ya puede descargarlo.
reply-attached-and-closed = Se avisa al cliente. Se abre cuando la factura esté pagada.
reply-handout = Pulsa **Descargar**: abre el archivo una vez, en 15 minutos, en el navegador que llegue primero.
reply-handout-direct = Si no, usa el [enlace directo]({ $url }): sirve durante 5 minutos y a quien lo tenga, así que no lo compartas.
list-files = Tus archivos
list-files-empty = Aún no hay archivos. Cuando el estudio adjunte uno a una factura tuya, aparecerá aquí.

# Avisos.
notice-invoice-issued = Tienes una factura nueva. Pulsa **Pagar** para pagar con Stripe; nunca vemos tu tarjeta.
notice-invoice-paid = Tu pago ha llegado. ¡Gracias!
    Te avisaremos en cuanto tus archivos estén aquí.
notice-invoice-paid-with-files = Tu pago ha llegado. ¡Gracias!
    Tus archivos están listos: pulsa el botón o usa `/deliverable get`.
field-reason = El motivo
reason = Motivo
customer = Cliente
list-files-of-invoice = Archivos ({ $count })
paid-cannot-be-revoked = La factura { $number } está pagada y no se puede anular.
already-revoked = La factura { $number } ya está anulada.
already-being-revoked = La factura { $number } ya se está anulando.
payment-is-on-its-way = Hay un pago en camino para la factura { $number }. Espera a que llegue o falle.
ask-revoke = ¿Anular la factura **{ $number }** de **{ $customer }**? Ya no se podrá pagar, y se le dirá el motivo. No se puede deshacer.
revoke-button = Anular
reply-revoked = La factura { $number } está anulada, y se avisa al cliente.
reply-being-revoked = La factura { $number } se está anulando: sus enlaces ya no funcionan, y se pide a Stripe que cierre la página de pago. Si el cliente fue más rápido, quien la emitió sabrá qué pasó con el pago.
reply-resent = Se avisa otra vez a { $customer } sobre la factura { $number }.
confirmation-is-over = Esta pregunta ya pasó: se respondió, han pasado diez minutos o no era para ti. Ejecuta el comando de nuevo.
notice-invoice-revoked = El estudio anuló esta factura. No hay nada que pagar.
notice-payment-failed = Tu pago no llegó y no se cobró nada. Pulsa **Pagar** para intentarlo de nuevo.
notice-payment-received = Pago recibido de **{ $customer }**.
notice-file-ready = Hay un archivo listo para ti: **{ $label }** ({ $size }).
notice-file-waits = Te espera un archivo: **{ $label }** ({ $size }). Se abre cuando la factura esté pagada.
notice-file-attached = Se adjuntó un archivo: **{ $label }** ({ $size }).
inbox-empty = No te espera nada. Un aviso que no te llegue por mensaje directo aparece aquí.
inbox-has-more = Puede haber más: usa `/inbox` otra vez.

# Recibos y notas de crédito, en Discord y en PDF.
no-receipt = No ha llegado ningún pago de la factura { $number }, así que no hay recibo. Llega con el pago.
receipt-title = Recibo { $number }
credit-note-title = Nota de crédito { $number }
credit-note-of = Del recibo { $number }: { $title }
credit-notes = Notas de crédito
paid-by = Pagado por
paid-on = Pagado el
credited-on = Fecha
payment-reference = Pago
refund-reference = Reembolso
what-for = Concepto
arrived = Pagado
went-back = Devuelto
remains-paid = Queda pagado
page-of = Página { $page } de { $count }
credit-note-cancelled = anulada
credit-note-was-cancelled = Anulada el { $day }: el dinero no llegó al cliente, así que esta nota de crédito ya no cuenta.
credit-note-late = La factura ya estaba anulada cuando llegó el pago.
credit-note-at-stripe = Reembolso del estudio.
receipt-was-disputed = Tras una disputa, el banco del cliente retiró { $amount } de este pago.
reply-receipt = El recibo de **{ $customer }**. El PDF está en el idioma que lee el cliente.
audit-receipt-viewed = recibo visto
day-in-words = { $month ->
    [1] { $day } de enero de { $year }
    [2] { $day } de febrero de { $year }
    [3] { $day } de marzo de { $year }
    [4] { $day } de abril de { $year }
    [5] { $day } de mayo de { $year }
    [6] { $day } de junio de { $year }
    [7] { $day } de julio de { $year }
    [8] { $day } de agosto de { $year }
    [9] { $day } de septiembre de { $year }
    [10] { $day } de octubre de { $year }
    [11] { $day } de noviembre de { $year }
   *[12] { $day } de diciembre de { $year }
}
command-invoice-receipt = Obtener el recibo de uno de tus pagos, en PDF
command-invoice-receipt-invoice = La factura pagada
command-billing-receipt = Obtener el recibo de cualquier factura pagada, en PDF
command-billing-receipt-invoice = La factura pagada

# Ajustes, ayuda, acerca de.
reply-language-chosen = A partir de ahora lees en español.
reply-language-follows = A partir de ahora lees lo que está puesto en Discord: español.
help-title = Qué puedes hacer aquí
help-unknown = No hay tal comando para ti. `/help` los muestra todos.
about = **{ $studio }** vende sus encargos con Atelier { $version }.
    Pagas con Stripe: el número de tu tarjeta nunca nos llega.
    En una respuesta, **Descargar** abre tu archivo una vez, en 15 minutos, en el navegador que llegue primero. El enlace directo que está al lado sirve durante 5 minutos, a quien lo tenga. Si inicias sesión en la web, tus archivos se abren solo para ti, cuantas veces quieras.
kept-title = Lo que se guarda de ti
kept-account = Tu usuario y nombre de Discord, desde cuándo se te conoce aquí, el idioma de tu Discord, el idioma y la zona horaria que elegiste, y tu número de cliente en Stripe: para que una factura te encuentre y puedas leerla. Se conservan.
kept-books = Tus facturas con pagos, reembolsos, disputas y recibos, y qué mensajes recibiste y leíste: son los libros del estudio. Se conservan.
kept-files = Los archivos que se hicieron para ti: hasta que el estudio quite uno. Entonces el archivo se borra, y su nombre, tamaño y suma de control se conservan.
kept-audit-log = Un registro de qué se hizo y quién lo hizo, también de los enlaces que se abrieron, y cuántas veces: para probar lo que pasó. No se puede cambiar, así que se conserva.
kept-openings = Cuándo, cuántas veces y desde qué dirección de internet (cifrada) se abrió el enlace de un archivo: para probar una entrega. 180 días.
kept-event-bodies = Lo que Stripe envía sobre un pago, con el nombre, el correo y la dirección postal que diste allí, cifrado: para aplicarlo a tu factura. Hasta 30 días después.
kept-transient = Lo que hace funcionar los botones: que pulsaste uno, durante dos horas; una pregunta nuestra, durante un día; un enlace de descarga con una marca del navegador que lo usó, hasta una semana después de caducar; lo que aún hay que decirte, hasta que esté dicho.
kept =
    - { kept-account }
    - { kept-books }
    - { kept-files }
    - { kept-audit-log }
    - { kept-openings }
    - { kept-event-bodies }
    - { kept-transient }
    - En otra parte: Discord guarda los mensajes, y Stripe lo que das allí. Una copia de seguridad contiene lo que había cuando se hizo, hasta que el estudio la borre.
kept-signed-in-title = Y solo si inicias sesión en la web
kept-profile = Tu nombre de usuario de Discord, y cuándo iniciaste sesión por primera y por última vez: para reconocerte. Se conservan.
kept-connection = La marca de tu imagen, tu correo (cifrado), en qué servidores estás, con sus nombres e imágenes, si son tuyos y qué puedes hacer allí, y lo que permitiste con sus tokens (cifrado): para mostrar tu imagen y notar un fraude. Hasta que uses `/account disconnect` o lo retires en Discord. Los tokens esperan entonces, cifrados, hasta que Discord los haya retirado; si nunca lo hace, el equipo se entera.
kept-sessions = Cada navegador: cómo se llama a sí mismo, cuándo inició sesión y cuándo se usó por última vez: para que cierres lo que no conozcas. Hasta que cierres la sesión, como mucho { $idle } días sin uso y { $days } días en total; un inicio de sesión empezado, dos horas.
kept-signed-in =
    - { kept-profile }
    - { kept-connection }
    - { kept-sessions }
kept-staff-title = Y solo si trabajas para el estudio
kept-permissions = Lo que puedes hacer, y quién lo permitió: hasta que eso se retire.
kept-staff-work = Lo que emitiste, cambiaste, adjuntaste o devolviste, y por qué: se conserva con las facturas, y en el registro con lo que miraste.
kept-staff =
    - { kept-permissions }
    - { kept-staff-work }

# Descripciones de los comandos y sus opciones: 100 caracteres como máximo.
command-invoice = Ver y pagar tus facturas
command-invoice-list = Ver tus facturas, las más recientes primero
command-invoice-list-status = Solo las que están así
command-invoice-view = Ver una de tus facturas completa
command-invoice-view-invoice = La factura
command-invoice-pay = Pagar una de tus facturas con Stripe
command-invoice-pay-invoice = La factura que pagas
command-deliverable = Ver y descargar tus archivos
command-deliverable-list = Ver tus archivos, los más recientes primero
command-deliverable-get = Descargar uno de tus archivos
command-deliverable-get-deliverable = El archivo
command-inbox = Leer los avisos que no te llegaron por mensaje directo
command-settings = Lo que lees
command-settings-language = Elegir el idioma de respuestas y mensajes
command-settings-language-language = El idioma; Discord: el que Discord te muestra
command-help = Qué puedes hacer aquí, o cómo funciona un comando
command-help-command = El comando que se explica
command-about = Qué es Atelier y qué pasa con tus datos
command-billing = Emitir facturas y verlas todas
command-billing-issue = Emitir una factura a un cliente
command-billing-issue-user = Quién paga
command-billing-issue-title = Por qué, en una línea
command-billing-issue-amount = Importe, como 12.50
command-billing-issue-currency = Moneda, como USD; sin ella, la del estudio
command-billing-issue-description = Más detalles
command-billing-list = Ver las facturas más recientes de todos
command-deliver = Adjuntar archivos a facturas
command-deliver-add = Adjuntar un archivo a una factura; se abre cuando esté pagada
command-deliver-add-invoice = La factura a la que pertenece el archivo
command-deliver-add-file = El archivo que adjuntas
command-deliver-add-label = Lo que lee el cliente; sin ella, el nombre del archivo
command-billing-list-user = Solo las de este cliente
command-billing-list-status = Solo las que están así
command-billing-view = Ver una factura completa
command-billing-view-invoice = La factura
command-billing-revoke = Anular una factura pendiente
command-billing-revoke-invoice = La factura que anulas
command-billing-revoke-reason = Lo que lee el cliente
command-billing-resend = Avisar otra vez al cliente sobre una factura
command-billing-resend-invoice = La factura de que se trata

# Cambiar facturas, preguntar a Stripe.
status-being-edited = en cambio
invoice-is-being-edited = El estudio está cambiando la factura { $number }. Espera el mensaje sobre ella y paga después.
will-be = Será, cuando Stripe cierre la página de pago
already-being-edited = La factura { $number } ya se está cambiando. Espera a que Stripe cierre la página de pago y cámbiala otra vez.
paid-cannot-be-edited = La factura { $number } está pagada, así que no se puede cambiar.
nothing-to-change = Eso no cambia nada de la factura { $number }. Rellena lo que debe ser distinto.
currency-without-amount = Escribe también el importe: otra moneda necesita el suyo.
not-a-date = `{ $typed }` no es un día. Escríbelo como 24.12.2026 o 2026-12-24, o como tiempo desde ahora: 14d, 2w.
date-is-past = `{ $typed }` ya pasó. Escribe un día a partir de hoy.
date-is-far = `{ $typed }` queda demasiado lejos. Escribe un día dentro de cinco años.
not-a-timezone = `{ $typed }` no es una zona horaria. Elige una de la lista que aparece al escribir.
reply-timezone-chosen = Las fechas que escribes se leen ahora en **{ $timezone }**, donde son las { $clock }.
reply-edited = La factura **{ $number }** está cambiada, y se avisa al cliente.
reply-being-edited = La factura **{ $number }** será **{ $title }**, **{ $amount }**, en cuanto Stripe cierre la página de pago; hasta entonces nadie puede pagarla. Si el cliente fue más rápido, queda pagada como estaba.
reply-issued-without-file = El archivo no se adjuntó: { $reason } La factura está emitida; adjunta el archivo con `/deliver add`.
notice-invoice-edited = El estudio cambió esta factura: así queda ahora.
asking-stripe = Preguntando a Stripe…
check-again-later = Acabamos de preguntar a Stripe. Pregunta otra vez en { $seconds ->
        [one] un segundo
       *[other] { $seconds } segundos
    }.
checked-paid = Tu pago llegó.
checked-waiting = Todavía no llegó ningún pago. Paga con `/invoice pay`.
checked-processing = Tu pago está en camino; algunas formas de pago tardan días. Recibirás un mensaje.
checked-open = La página de pago está abierta.

# Listas que se leen por páginas.
newer-button = ◀ Más nuevas
older-button = Más antiguas ▶
list-files-of = Archivos de la factura { $number }
list-files-of-empty = La factura { $number } no tiene archivos. Adjunta uno con `/deliver add`.

# Versiones de archivos, y archivos de mensajes.
reply-replaced = Reemplazado en la factura { $number }: ahora la versión { $version }
reply-replaced-told = Se avisa al cliente. Los botones y enlaces que ya tiene llevan a la versión nueva.
ask-remove = ¿Quitar **{ $label }** de la factura { $number }? El archivo se borra con sus versiones anteriores, sus enlaces dejan de funcionar y se avisa al cliente. No se puede deshacer.
remove-button = Quitar
reply-removed = **{ $label }** se quitó de la factura { $number }, y se avisa al cliente.
file-was-removed = El estudio quitó este archivo. Usa `/deliverable list` en Discord para ver tus archivos.
notice-file-replaced = Una versión nueva de un archivo: **{ $label }**, versión { $version } ({ $size }).
notice-file-removed = El estudio quitó un archivo: **{ $label }**.
message-has-no-files = Este mensaje no tiene archivos. Elige uno con adjuntos.
attached-title = Archivos del mensaje

# Formularios: 45 caracteres como máximo.
form-issue-invoice = Factura para { $customer }
form-title = Por qué, en una línea
form-amount = Importe, como 12.50
form-currency = Moneda; vacío: la del estudio
form-due = Vence, como 14d o 24.12.2026
form-description = Más detalles
form-attach = Adjuntar a una factura
form-invoice = Número de la factura
user-not-found = Discord no conoce a esa persona. Abre el menú otra vez.

# Equipo.
permission-billing = Facturación
permission-support = Atención
permission-reviewer = Revisión
permission-admin = Administración
permission-privacy = Privacidad
staff-lacks-permission = `{ $command }` necesita el permiso **{ $permission }**. Pídelo a quien dirige el estudio; `/staff whoami` muestra lo que tienes.
staff-name-one = Indica una de las dos cosas: una persona o un rol.
staff-owners-only = Solo quien dirige el estudio da y quita **{ $permission }**.
staff-not-your-own = Nadie cambia lo que puede hacer por sí mismo ni un rol que tiene. Pídelo a quien dirige el estudio.
staff-not-to-a-bot = Un bot no puede ser del equipo. Elige a una persona.
staff-not-to-a-role = **{ $permission }** se da a una persona, nunca a un rol.
staff-not-to-everyone = Todos tienen este rol. Elige otro.
staff-not-to-a-managed-role = Una integración decide quién tiene este rol. Elige uno que den las personas.
staff-role-is-elsewhere = Este servidor no tiene ese rol. Elige uno de aquí.
staff-owner-has-all = Esa persona dirige el estudio y puede hacerlo todo.
staff-owner-is-configured = Esa persona dirige el estudio por su configuración (`staff.owners`). Aquí no se puede cambiar.
staff-has-it-already = Ya tienen **{ $permission }**.
staff-has-it-not = No tienen **{ $permission }**. `/staff list` muestra quién tiene qué.
reply-permission-granted = { $who } tiene **{ $permission }** desde ahora.
reply-permission-taken = { $who } ya no tiene **{ $permission }**.
list-staff = Quién puede qué
staff-owners = { $owners } · todo, por dirigir el estudio
staff-given-by = por { $by } { $when }
staff-you-may = Qué puedes hacer aquí
staff-as-owner = por dirigir el estudio
staff-as-user = dado a ti
staff-by-role = por { $role }

# Clientes.
customer-unknown = Esta persona nunca trató con el estudio.
customer-known-since = Se conoce desde { $when }
customer-reads = Lee { $language }; fechas en { $timezone }
language-own-english = English
language-own-german = Deutsch
language-own-spanish = español
language-own-latin-american-spanish = español (Latinoamérica)
language-own-south-american-spanish = español (Argentina, Chile, Colombia…)
language-of-discord = Como lo muestra Discord
language-english = inglés
language-german = alemán
language-spanish = español
customer-takes-dm = Nada espera en su bandeja
customer-takes-no-dm = Mensajes directos cerrados; en su bandeja esperan: { $waiting }
customer-totals = Todas las facturas
customer-newest = Las más recientes

# El registro.
list-audit = Registro de auditoría
list-audit-empty = No hay nada así en el registro.
not-an-audit-action = No existe esa acción. Elige una de la lista que aparece al escribir.
not-an-audit-target = Escribe una factura como #12, una persona o un rol por mención o id, o un comando como /billing issue.
audit-is-whole = El registro está íntegro: las { $rows } filas están como se escribieron. La última tiene el hash `{ $hash }`. Anota número y hash en otro lugar: `atelier audit verify --row` los compara después.
audit-is-whole-but-the-first = El registro está íntegro: las { $rows } filas están como se escribieron, salvo las primeras { $unchained }, que son de antes de la cadena y no prueban nada. La última tiene el hash `{ $hash }`.
audit-change-dropped = cambio descartado: el cliente fue más rápido
audit-is-broken = La fila { $seq } no es la que se escribió, o falta. Alguien cambió la base de datos. Déjala como está y avisa a quien lleva el servicio.
audit-is-double = La fila { $seq } está dos veces. Alguien cambió la base de datos. Déjala como está y avisa a quien lleva el servicio.
audit-row-is-outside = Una fila con el número { $seq } está fuera de la cadena, donde nunca se escribe nada. Alguien cambió la base de datos. Déjala como está y avisa a quien lleva el servicio.
audit-row-is-nowhere = Una fila sin número está fuera de la cadena. Alguien cambió la base de datos. Déjala como está y avisa a quien lleva el servicio.
audit-invoice-issued = factura emitida
audit-edit-begun = cambio de factura iniciado
audit-invoice-edited = factura cambiada
audit-revocation-begun = anulación iniciada
audit-invoice-revoked = factura anulada
audit-invoice-sent-again = factura enviada otra vez
audit-invoice-viewed = factura vista
audit-invoices-listed = facturas listadas
audit-invoice-paid = factura pagada
audit-pay-link-opened = enlace de pago abierto
audit-deliverable-added = archivo adjuntado
audit-deliverable-replaced = archivo reemplazado
audit-deliverable-removed = archivo quitado
audit-deliverables-listed = archivos listados
audit-download-link-issued = enlace de descarga entregado
audit-download-link-opened = enlace de descarga abierto
audit-customer-viewed = cliente visto
audit-choices-shown = revisó las opciones
audit-staff-listed = lista del equipo leída
audit-permission-granted = permiso dado
audit-permission-taken = permiso quitado
audit-audit-read = registro leído
audit-audit-verified = registro verificado
audit-refused = rechazado

# Menús.
help-menu = En el menú de Discord de una persona o un mensaje, en Aplicaciones: **{ $menu }**

# Descripciones de más comandos.
command-invoice-check = Preguntar ahora a Stripe si llegó tu pago
command-invoice-check-invoice = La factura por la que preguntas
command-deliverable-list-invoice = Solo los archivos de esta factura
command-settings-timezone = Elegir la zona horaria de las fechas que escribes
command-settings-timezone-timezone = La zona horaria, como Europe/Madrid
command-billing-issue-due = Cuándo vence, como 14d o 24.12.2026
command-billing-issue-file = Un archivo que se adjunta enseguida
command-billing-edit = Cambiar una factura pendiente; se avisa al cliente
command-billing-edit-invoice = La factura que cambia
command-billing-edit-title = Por qué, en una línea
command-billing-edit-amount = Importe, como 12.50
command-billing-edit-currency = Moneda del importe nuevo; sin ella, la de antes
command-billing-edit-description = Más detalles; - los quita
command-billing-edit-due = Cuándo vence, como 14d o 24.12.2026; - lo quita
command-deliver-replace = Poner una versión nueva en lugar de un archivo; se avisa al cliente
command-deliver-replace-deliverable = El archivo; escribe #12 para los de esa factura
command-deliver-replace-file = La versión nueva
command-deliver-replace-label = Lo que lee el cliente; sin esto, como antes
command-deliver-remove = Quitar un archivo con sus versiones anteriores
command-deliver-remove-deliverable = El archivo; escribe #12 para los de esa factura
command-deliver-list = Ver los archivos de una factura, con versiones y hashes
command-deliver-list-invoice = La factura
command-customer = Ver a los clientes
command-customer-view = Ver lo que se sabe de un cliente, con sus facturas
command-customer-view-user = El cliente
command-staff = Quién puede actuar por el estudio
command-staff-add = Dar un permiso a una persona o a un rol de este servidor
command-staff-add-permission = Lo que puede hacer
command-staff-add-user = Una persona
command-staff-add-role = O un rol de este servidor
command-staff-remove = Quitar un permiso
command-staff-remove-permission = Lo que ya no puede hacer
command-staff-remove-user = A una persona
command-staff-remove-role = O a un rol de este servidor
command-staff-list = Ver quién puede qué
command-staff-whoami = Ver qué puedes hacer aquí y por qué
command-audit = Qué se hizo y quién lo hizo
command-audit-list = Ver el registro, lo último primero
command-audit-list-actor = Solo lo que hizo esta persona
command-audit-list-action = Solo esto
command-audit-list-target = Solo lo que se hizo con esto: #12, una persona, un rol
command-audit-verify = Comprobar que el registro está como se escribió
command-issue_invoice = Emitir una factura a esta persona
command-attach_as_deliverable = Adjuntar los archivos de este mensaje a una factura

# Páginas.
page-open-discord = Abrir Discord
page-try-again = Intentarlo otra vez
page-check-again = Mirar otra vez
page-pay-now = Pagar ahora
page-sandbox = ENTORNO DE PRUEBA: aquí no se mueve dinero y nada sale de esta máquina.
page-note = Pagos con Stripe. El estudio nunca ve tu tarjeta.
page-home = Estamos en Discord
page-home-text = Los encargos, las facturas y los archivos están allí: `/invoice list` muestra las tuyas, `/deliverable get` entrega lo que está listo. Este sitio solo te lleva al pago y a tus descargas.
page-home-dashboard-text = Los encargos, las facturas y los archivos están allí: `/invoice list` muestra las tuyas, `/deliverable get` entrega lo que está listo. Aquí tienes lo mismo en tu panel: inicia sesión con Discord.
page-not-found = Página no encontrada
page-not-found-text = No hay nada en esta dirección. Abre el enlace otra vez desde el mensaje en Discord.
page-wrong-method = Eso no funciona aquí
page-wrong-method-text = Esta dirección no acepta ese tipo de petición. Abre el enlace otra vez desde el mensaje en Discord.
page-link-not-valid = Este enlace no es válido
page-download-link-missing = Puede estar incompleto o haber caducado hace mucho. Usa `/deliverable get` en Discord para tener uno nuevo.
page-pay-link-missing = Puede estar incompleto. Ábrelo otra vez desde el mensaje en Discord, o usa allí `/invoice pay` para tener uno nuevo.
page-not-available = No disponible
page-link-expired = Este enlace ha caducado
page-download-used = Este enlace ya se usó
page-download-used-text = Un enlace de descarga abre su archivo una sola vez, en un navegador. Usa `/deliverable get` en Discord para obtener otro.
page-download-used-sign-in-text = Un enlace de descarga abre su archivo una sola vez, en un navegador. Usa `/deliverable get` en Discord para obtener otro, o inicia sesión aquí: así tus archivos se abren cuantas veces quieras.
page-download-anothers-text = Este archivo es de otra persona, y aquí la sesión es de `{ $name }`. Cierra la sesión, o abre el enlace en el navegador de quien lo compró.
page-preview = Para una persona
page-preview-text = Este enlace es para una sola persona. Ábrelo en un navegador.
page-did-not-work = Eso no funcionó
page-one-moment = Un momento
page-paid = Pagado. ¡Gracias!
page-paid-text = Tu pago llegó. Usa `/deliverable get` en Discord para los archivos que están listos.
page-processing = Ya casi está
page-processing-text = Stripe está confirmando tu pago; recibirás un mensaje en Discord en cuanto termine.
page-processing-long-text = Stripe sigue confirmando tu pago. Algunas formas de pago tardan días: puedes cerrar esta página, y recibirás un mensaje en Discord.
page-turned-back = No se cobró nada
page-turned-back-text = Saliste de la página de Stripe antes de pagar. La factura sigue abierta: paga ahora, o después desde el mensaje en Discord.
page-changing-text = El estudio está cambiando esta factura. Espera el mensaje en Discord y paga desde allí.
page-revoked = Factura anulada
page-revoked-text = El estudio anuló esta factura. No hay nada que pagar.

# Reembolsos y disputas.
files-are-suspended = Hay una disputa abierta sobre la factura { $number }, así que sus archivos están cerrados hasta que termine.
files-are-withdrawn = El dinero de la factura { $number } se devolvió, así que sus archivos están cerrados.
files-are-closed-by-a-dispute = Se perdió una disputa sobre la factura { $number }, así que sus archivos están cerrados.
file-is-suspended = cerrado durante una disputa
file-is-withdrawn = cerrado: reembolsado
refunded = Reembolsado
refund-on-its-way = Reembolso en camino
dispute = Disputa
dispute-is-open = abierta
dispute-is-lost = perdida
dispute-is-inquiry = el banco solo pregunta
unpaid-cannot-be-refunded = La factura { $number } no está pagada, así que no hay nada que reembolsar. Retírala con `/billing revoke`.
disputed-cannot-be-refunded = Hay una disputa abierta sobre la factura { $number }: mientras tanto, Stripe no devuelve nada. Responde a la disputa en el panel de Stripe.
lost-cannot-be-refunded = Se perdió una disputa sobre la factura { $number }, y Stripe ya no devuelve nada de ese pago.
already-refunded = La factura { $number } está reembolsada por completo, o lo estará.
refund-is-too-much = Como máximo se pueden reembolsar { $left }.
ask-refund = ¿Devolver **{ $amount }** a **{ $customer }** por la factura **{ $number }**? Sus archivos siguen abiertos. No se puede deshacer.
ask-refund-and-close = ¿Devolver **{ $amount }** a **{ $customer }** por la factura **{ $number }**? Entonces queda todo reembolsado y sus archivos se cierran. No se puede deshacer.
ask-refund-of = ¿Devolver **{ $amount }** a **{ $customer }** por la factura **{ $number }**? Es el pago con el recibo **{ $receipt }**; los archivos quedan como están. No se puede deshacer.
refund-because-twice = Esta factura se pagó dos veces.
refund-because-unfit = Este pago no era lo que pide la factura.
refund-button = Reembolsar
reply-refunding = Se pide a Stripe que devuelva **{ $amount }** por la factura { $number }. Se avisa al cliente cuando esté hecho; si falla, se te avisa a ti.
reply-attached-and-withdrawn = Se avisa al cliente, que no puede abrirlo: el dinero se devolvió, o hay una disputa abierta.
notice-payment-refunded = El estudio te devolvió dinero; tu banco puede tardar unos días en mostrarlo.
notice-files-open-again = Tus archivos vuelven a estar abiertos.
notice-files-suspended = Se abrió una disputa sobre este pago: sus archivos están cerrados hasta que termine.
notice-files-withdrawn = Tras la disputa sobre este pago, los archivos de esta factura están cerrados.
notice-late-payment-returned = El estudio ya había anulado esta factura cuando llegó tu pago. Se te devuelve todo.
notice-late-payment-arrived = **{ $customer }** pagó esta factura mientras se anulaba. El dinero se devuelve por completo.
notice-refund-failed = Un reembolso de esta factura falló: el dinero sigue con vosotros. Inténtalo otra vez con `/billing attention`, o descártalo.
notice-dispute-opened = **{ $customer }** disputa **{ $amount }** de este pago. Mientras tanto, sus archivos están cerrados. Responde en el panel de Stripe antes de que venza el plazo.
notice-dispute-opened-files-same = **{ $customer }** disputa **{ $amount }** de este pago. Responde en el panel de Stripe antes de que venza el plazo.
notice-inquiry-opened = El banco de **{ $customer }** pregunta por **{ $amount }** de este pago. No se ha retirado dinero y los archivos siguen abiertos. Responde en el panel de Stripe antes de que venza el plazo, o devuelve el dinero con `/billing refund`.
notice-inquiry-closed = La consulta del banco sobre este pago está cerrada: el dinero se queda contigo.
notice-dispute-won = La disputa sobre este pago terminó a vuestro favor. Los archivos vuelven a estar abiertos.
notice-dispute-lost = La disputa sobre este pago se perdió: **{ $amount }** fueron al cliente, y los archivos están cerrados.
notice-dispute-lost-files-same = La disputa sobre este pago se perdió: **{ $amount }** fueron al cliente. Los archivos quedan como estaban.
audit-refund-requested = reembolso pedido
audit-payment-kept = pago guardado, nada saldado
audit-refund-changed = reembolso cambiado
audit-dispute-changed = disputa cambiada
command-billing-refund = Devolver dinero de una factura pagada, tras una confirmación
command-billing-refund-invoice = La factura pagada
command-billing-refund-reason = Por qué, en una línea
command-billing-refund-amount = Cuánto; sin esto, todo lo que queda
command-billing-refund-keep-access = Si el cliente conserva sus archivos cuando todo está reembolsado

# Comparar con Stripe.
date-is-to-come = `{ $typed }` aún no ha pasado. Escribe hoy o un día anterior.
reply-reconciled = Comparado con Stripe: { $events ->
    [one] un evento
   *[other] { $events } eventos
}, de los que { $missed } nunca llegaron; se preguntó por { $sessions ->
    [one] una página de pago
   *[other] { $sessions } páginas de pago
}.
audit-reconciled = comparado con Stripe
command-billing-reconcile = Preguntar a Stripe por pagos y reembolsos que nunca llegaron
command-billing-reconcile-invoice = Solo esta factura
command-billing-reconcile-since = Desde cuándo, como 3d o 01.11.2026; sin esto, desde la última vez

# Dinero en camino.
status-processing = pago en proceso
invoice-is-processing = Tu pago de la factura { $number } está en camino; algunas formas de pago tardan días. Recibirás un mensaje.
notice-payment-processing = Tu pago está en camino. Algunas formas de pago tardan días: recibirás un mensaje cuando haya llegado.
notice-payment-unclear = **{ $customer }** pagó algo que no corresponde a esta factura, así que aún no cuenta. Míralo con `/billing attention`.
notice-paid-twice = **{ $customer }** pagó esta factura otra vez. `/billing attention` dice qué pago devolver, y lo hace.
notice-page-was-unknown = Stripe no conocía la página de pago de esta factura. Eso ya pasó: nada espera por ella.
page-is-unknown = Stripe no conoce la página de pago abierta de esta factura, como tras un cambio de cuenta o de modo. Alguien podría pagar allí hasta { $until }: un cambio, una revocación y una página nueva esperan hasta entonces.
page-may-be-open = Puede que una página de pago anterior de esta factura siga abierta, y Stripe no dice cómo terminó. Paga allí o inténtalo de nuevo después de { $when }.
waits-for = Espera
told-page-unknown = página de pago desconocida

# Lo que necesita a una persona.
attention = Lo que necesita a una persona
attention-nothing = Nada te necesita. Lo que envió Stripe está aplicado y lo que se decidió está hecho.
attention-more = Esto es lo más reciente de cada tipo. Resuelve una parte y vuelve a usar `/billing attention`: hay más.
attention-pick = Elige uno para resolverlo
attention-details = Detalles
attention-since = Desde
attention-is-settled = Aquí no queda nada por hacer: alguien lo resolvió. Ejecuta `/billing attention` otra vez.
attention-event = { $outcome }: { $kind }
attention-job = Abandonado: { $job }
attention-unknown-job = Abandonado: { $kind }, que esta versión no conoce
attention-refund = Reembolso fallido
attention-paid-twice = Pagada dos veces
attention-unfit = Pagado lo que no encaja
attention-more-of-it = y { $count } más de este tipo
attention-job-advice = Intentado { $attempts ->
        [one] una vez
       *[other] { $attempts } veces
    } y abandonado. Arregla lo que lo impide y pulsa **Reintentar**; o **Descartar**, y queda sin hacer.
attention-refund-advice = El dinero no se devolvió. **Reintentar** se lo pide a Stripe otra vez; **Descartar** deja el dinero en el estudio.
attention-twice-advice = La factura ya estaba pagada cuando llegó este pago. **Devolver** devuelve { $left }, el pago con el recibo { $receipt }; los archivos siguen abiertos. **Descartar** deja el dinero en el estudio.
attention-unfit-advice = Este pago no es lo que pide la factura, así que no cuenta: la factura queda como si no hubiera llegado. **Devolver** devuelve { $left }. **Descartar** deja el dinero en el estudio: entonces dile al cliente qué pasará con él.
outcome-applied = aplicado
outcome-ignored = no nos concierne
outcome-unread = aún no se puede leer
outcome-unmatched = ninguna página de pago nuestra
outcome-wrong-mode = del otro modo de Stripe
outcome-wrong-amount = importe ilegible
outcome-wrong-currency = moneda ilegible
outcome-unpaid = aún no pagado
outcome-dropped = descartado
advice-unread = Se vuelve a leer solo durante un día. **Repetir** le pregunta a Stripe ahora; **Descartar** si no es nuestro.
advice-unmatched = Nombra una factura nuestra, pero ninguna página de pago que hayamos abierto, como tras restaurar una base de datos. Mira el pago en el panel de Stripe: reembólsalo allí o anótalo, y luego **Descartar**. **Repetir** vuelve a mirar.
advice-wrong-mode = Viene del otro modo de Stripe, de prueba o real. Quita de Stripe el punto de conexión de webhooks del otro modo y luego **Descartar**.
advice-wrong-amount = Llegó dinero, pero Stripe no dice cuánto de forma que podamos leerlo, así que la factura no está pagada. Mira el pago en el panel de Stripe: reembólsalo allí o anótalo y pulsa **Descartar**. **Repetir** lo mira otra vez.
advice-settled = Aquí no queda nada por hacer.
job-send-notice = enviar un mensaje
job-create-customer = crear un cliente de Stripe
job-read-event = leer un evento de Stripe
job-expire-session = cerrar una página de pago
job-create-refund = devolver dinero
job-discard-upload = borrar un archivo que nadie necesita
replay-button = Repetir
retry-button = Reintentar
send-back-button = Devolver
drop-button = Descartar
form-drop = ¿Por qué se descarta?
form-reason = El motivo, para el registro
reply-dropped = Está descartado y el motivo consta en el registro.
reply-replayed = Se le preguntó a Stripe otra vez: **{ $outcome }**. Aquí no queda nada por hacer.
reply-replayed-in-vain = Se le preguntó a Stripe otra vez: sigue **{ $outcome }**.
reply-retried = Se está intentando otra vez. Si falla otro día más, vuelve aquí.
reply-refund-retried = Se le pide a Stripe otra vez que devuelva **{ $amount }**.
audit-attention-listed = miró lo que necesita a una persona
audit-attention-viewed = miró algo que necesita a una persona
audit-event-replayed = evento repetido
audit-tried-again = intentado otra vez
audit-dropped = descartado
command-billing-attention = Ver lo que necesita a una persona: pagos dudosos, reembolsos fallidos, lo abandonado

# Recordatorios.
notice-invoice-due = Un recordatorio: esta factura vence. Pulsa **Pagar** para pagar por Stripe.

# Pruebas y exportaciones.
reply-evidence = Todo sobre la factura { $number } en un archivo: súbelo a Stripe como prueba. Nombra al cliente y direcciones de internet: no lo compartas.
reply-exported = { $rows ->
    [one] Un movimiento de dinero.
   *[other] { $rows } movimientos de dinero.
} Las horas son UTC; lo que salió del estudio es negativo. `discord:` y un apóstrofo al principio evitan que las hojas de cálculo cambien identificadores y textos.
days-are-turned = El primer día es posterior al último. Dales la vuelta.
export-is-too-large = Eso es más de lo que cabe en un archivo. Elige menos días.
evidence-title = Pruebas de la factura { $number }
evidence-made = Hecho { $at } con los registros del estudio. Todas las horas son UTC.
evidence-known-since = conocido desde { $at }
evidence-money = Pagos, reembolsos y disputas
evidence-files = Archivos que se entregaron
evidence-downloads = Enlaces de descarga que se abrieron
evidence-told = Lo que se dijo al cliente
evidence-log = Registro
evidence-nothing = Nada.
evidence-by-dm = por DM { $at }
evidence-inbox = en la bandeja desde { $at }
evidence-inbox-read = leído en la bandeja { $at }
evidence-not-sent = aún sin enviar
told-invoice-due = recordatorio de que la factura vence
told-payment-failed = pago fallido
told-refunded = dinero devuelto
told-access-changed = acceso a los archivos cambiado
told-late-payment = pago tardío devuelto
told-refund-failed = reembolso fallido
audit-evidence-taken = pruebas tomadas
audit-exported = pagos exportados
command-billing-evidence = Un archivo con todo sobre una factura, para responder a una disputa
command-billing-evidence-invoice = La factura
command-billing-export = Lo que entró y se devolvió, como tabla (CSV)
command-billing-export-from = El primer día, como 2026-11-01
command-billing-export-to = El último día, como 2026-11-30, o 0d para hoy

# /account.
account-link =
    Inicia sesión con Discord para ver en el navegador tus facturas, archivos y mensajes de **{ $studio }**. Discord te pide permitir tres cosas:
    - quién eres: tu nombre y tu imagen
    - tu correo electrónico: una señal más de que eres tú
    - en qué servidores estás, si son tuyos y qué puedes hacer allí: para que el estudio note un fraude; ninguna página los muestra
    Sin las dos últimas funciona todo lo demás. El correo y el permiso se guardan cifrados, tus servidores y la marca de tu imagen tal como son, hasta que uses `/account disconnect` o lo retires en Discord. Tu nombre de usuario, y cuándo iniciaste sesión por primera y por última vez, se conservan. `/about` dice qué más se guarda. Lo que haces aquí en Discord no necesita nada de eso.
account-link-button = Iniciar sesión
account-sessions = Dónde has iniciado sesión
account-session = **{ $browser }** · iniciada { $since } · usada { $used }
account-no-sessions = No has iniciado sesión en ningún sitio. `/account link` la inicia en la web.
account-signed-out = { $count ->
    [0] No habías iniciado sesión en ningún sitio.
    [one] Se cerró una sesión. Ya nadie tiene abierta tu cuenta.
   *[other] Se cerraron { $count } sesiones. Ya nadie tiene abierta tu cuenta.
}
account-ask-disconnect =
    ¿Desconectar tu cuenta? Borramos enseguida:
    - el permiso que diste en Discord, con sus tokens; pedimos a Discord que lo retire
    - tu correo electrónico, la marca de tu imagen y en qué servidores estás
    - todas las sesiones: se cierran en todas partes
    Tus facturas, recibos y archivos se quedan y aquí funcionan como antes. Puedes volver a iniciar sesión cuando quieras.
account-disconnect-button = Desconectar
account-disconnected = Tu cuenta está desconectada: permiso, correo, servidores y sesiones se borraron. Tus facturas y archivos se quedan; `/invoice list` los muestra.
account-not-connected = No hay nada conectado: nunca iniciaste sesión en la web o te desconectaste desde entonces.
command-account = Iniciar sesión en la web, y ver y cerrar tus sesiones
command-account-link = Iniciar sesión en la web con Discord
command-account-sessions = Ver dónde has iniciado sesión
command-account-logout = Cerrar sesión en todas partes
command-account-disconnect = Retirar lo que permitiste al iniciar sesión, tras una confirmación

# Inicio de sesión en la web.
sign-in-is-off = Aquí nadie puede iniciar sesión: el estudio no lo ha configurado. En Discord funciona todo.
sign-in-is-over = Este inicio de sesión terminó: ya se usó o pasaron diez minutos. Empieza de nuevo.
sign-in-is-another-browsers = Este inicio de sesión empezó en otro navegador, o después empezó otro. Empieza de nuevo aquí.
session-is-over = Esa sesión ya terminó.
job-read-guilds = leer en qué servidores está alguien
job-revoke-grant = que Discord retire un permiso
audit-signed-in = sesión iniciada
audit-signed-out = sesión cerrada
audit-disconnected = desconectado de Discord

# Palabras en cada cambio de un pago.
notice-refunded = El estudio te devolvió **{ $amount }**; tu banco puede tardar unos días en mostrarlo.
notice-refunded-and-closed = El estudio te devolvió **{ $amount }**; tu banco puede tardar unos días en mostrarlo. Los archivos de esta factura quedan cerrados.
notice-refund-came-back = El dinero devuelto no te llegó: volvió al estudio. Pregunta al estudio cómo recibirlo.
notice-payment-failed-for-good = Tu pago no llegó y no se cobró nada. Ya no hay nada que pagar.
notice-dispute-won-and-closed = La disputa sobre este pago terminó a vuestro favor. Los archivos siguen cerrados, según está la factura.
invoice-or-since = Indica una factura o un día, no ambos: una factura se compara desde su primer día.

# Signing in, and the dashboard.
page-dashboard = Ir a tu panel
page-begin-again = Empezar de nuevo
page-signed-out = Has cerrado la sesión
page-signed-out-text = Este navegador ya no guarda nada que abra tu cuenta.
page-sign-in-first-text = Tu sesión ha terminado, así que no se hizo nada. Inicia sesión y vuelve a hacerlo.
page-signed-out-everywhere-text = { $count ->
    [one] Ha terminado una sesión.
   *[other] Han terminado { $count } sesiones.
} Ya no hay nadie conectado a tu cuenta.
page-disconnected-text = Tu cuenta está desconectada de Discord: el permiso, tu correo y tus sesiones ya no existen. Tus facturas y archivos se conservan; `/invoice list` en Discord los muestra.
page-sign-in-denied = No pasó nada
page-sign-in-denied-text = No lo permitiste en Discord, así que nadie inició sesión y no se guardó nada. En Discord todo funciona sin ello; para usar este sitio, inicia sesión y pulsa Autorizar.
page-sign-in-failed = No se pudo iniciar sesión
page-signed-in-as-another = Sesión iniciada, pero como otra persona
page-signed-in-as-another-text = Has iniciado sesión como { $name }. El enlace era para otra cuenta de Discord; aquí no se muestra nada de ella. Para usar esa, cambia de cuenta en Discord y abre el enlace otra vez.
page-form-is-foreign = No se hizo nada
page-form-is-foreign-text = Este formulario no es de tu sesión: la página estaba abierta desde antes de iniciarla, o lo envió otro sitio. Abre la página de nuevo y repítelo allí.
page-not-yours-text = En esta dirección no hay nada, o no es tuyo.
page-too-many = Demasiado rápido
page-too-many-text = Llegaron demasiadas solicitudes desde aquí, así que esta no se respondió. Espera un minuto y vuelve a cargar la página.
page-offline = Estás sin conexión
page-offline-text = Esta página necesita la red y tu navegador no la tiene ahora. No guarda nada de tu cuenta.
sign-in-button = Iniciar sesión con Discord
web-skip = Saltar al contenido
web-navigation = Panel
web-signed-in-as = Sesión iniciada como { $name }
web-sign-out = Cerrar sesión
web-theme = Tema
web-theme-light = Claro
web-theme-dark = Oscuro
web-theme-system = Sistema
web-overview = Resumen
web-invoices = Facturas
web-files = Archivos
web-inbox = Bandeja
web-sessions = Sesiones
web-settings = Ajustes
web-inbox-waiting = { $count ->
    [0] No te espera nada
    [one] Te espera un mensaje
   *[other] Te esperan { $count } mensajes
}
web-greeting = Hola, { $name }
web-to-pay = Por pagar
web-nothing-to-pay = No hay nada pendiente. Cuando el estudio te emita una factura, aparecerá aquí.
web-see-open = Ver todas las facturas pendientes
web-open-invoices = Facturas pendientes
web-newest-files = Archivos recientes
web-see-files = Ver todos los archivos
web-filter = Mostrar
web-all = Todas
web-open = Pendientes
web-paid = Pagadas
web-revoked = Anuladas
web-none-of-these = Ninguna de tus facturas está así.
web-invoice = Factura { $number }
web-all-invoices = Todas las facturas
web-receipt = Recibo
web-receipt-pdf = Recibo (PDF)
web-pages = Páginas
web-download-named = Descargar { $label }
web-inbox-text = Lo que no pudo llegarte por mensaje directo en Discord espera aquí hasta que lo leas.
web-inbox-empty = No te espera nada.
web-mark-read = Marcar como leído
web-mark-all-read = Marcar todo como leído
web-inbox-more = Hay más: aparecerán aquí cuando hayas leído estos.
web-sessions-text = Los navegadores conectados a tu cuenta. Termina los que no conozcas.
browser-on = { $browser } en { $system }
browser-unknown = Un navegador desconocido
web-since = Sesión iniciada: { $when }
web-seen = Último uso: { $when }
web-this-browser = este navegador
web-end-session = Terminar
web-end-all-sessions = Cerrar sesión en todas partes
web-saved = Guardado.
web-language-and-time = Idioma y hora
web-language = Idioma
web-timezone = Zona horaria
web-clock = Ahora son las { $clock } allí.
web-save = Guardar
web-draft = Aún sin guardar.
web-told-by-discord = Lo que nos dijo Discord
web-discord-id = Usuario de Discord
web-username = Nombre de usuario
web-picture-known = Imagen conocida
web-email-known = Correo conocido (guardado cifrado)
web-at-discord-since = En Discord desde
web-known-since = Conocido aquí desde
web-first-signed-in = Primer inicio de sesión
web-signed-in = Último inicio de sesión
web-yes = sí
web-no = no
web-allowed = Lo que permitiste
web-scope-identify = Tu nombre e imagen
web-scope-email = Tu correo electrónico
web-scope-guilds = En qué servidores estás, contra el fraude
web-scope-allowed = permitido
web-scope-not-allowed = no permitido
web-disconnect = Desconectar de Discord
web-disconnect-question = ¿Desconectar tu cuenta?
web-disconnect-text = Devolvemos el permiso a Discord y borramos tu correo, la marca de tu imagen, lo que sabemos de tus servidores y todas las sesiones: se cierran en todas partes. Tus facturas, recibos y archivos se conservan. Puedes volver a iniciar sesión cuando quieras.
web-keep = Conservar
web-this-browser-keeps = Lo que guarda este navegador
web-this-browser-keeps-text = Tu tema, lo que escribiste sin guardar, y el estilo y el script de estas páginas para cuando no haya red. Nunca una página de tu cuenta.
web-clear-without-script = Sin scripts, este navegador solo guarda la cookie de tu sesión.
web-clear = Borrar todo lo guardado en este navegador
web-cleared = Todo está borrado. Sigues con la sesión iniciada.

# Lo que un servicio rechaza: se dice a quien puede arreglarlo.
alarm-over = Esto ya pasó: { $what }
alarm-over-text = Ya funciona de nuevo; no queda nada por hacer.
alarm-stripe-key = Stripe rechaza la clave: nadie puede pagar.
alarm-stripe-key-advice = Copia una clave del panel de Stripe (Desarrolladores, Claves de API) en stripe.secret_key y reinicia.
alarm-stripe-permission = A la clave de Stripe le falta un permiso.
alarm-stripe-permission-advice = Edita la clave en el panel de Stripe: escritura en Customers, Checkout Sessions, Charges and Refunds; lectura en Payment Intents, Disputes y Events.
alarm-stripe-account = La clave de Stripe es de otra cuenta que antes.
alarm-stripe-account-advice = Si no es lo que querías, copia la clave de la cuenta anterior en stripe.secret_key y reinicia. Si lo es, descarta esto en `/billing attention`: desde entonces la cuenta nueva es la buena. Los pagos de la cuenta anterior solo se pueden devolver allí.
alarm-stripe-activation = La cuenta de Stripe aún no puede cobrar de verdad.
alarm-stripe-activation-advice = Termina la activación en el panel de Stripe (Activar pagos). Hasta entonces nadie puede pagar.
alarm-webhooks = Los eventos de Stripe no llegan por sí solos: los pagos se ven tarde.
alarm-webhooks-advice = Ejecuta `atelier doctor` y mira el endpoint en el panel de Stripe (Desarrolladores, Webhooks): debe llevar a la dirección de este estudio, y su secreto de firma debe estar en stripe.webhook_secrets.
alarm-discord-token = Discord rechaza el token del bot.
alarm-discord-token-advice = Cópialo del portal de desarrolladores (Bot, Reset Token) en discord.token y reinicia.
alarm-client-secret = Discord rechaza el secreto de cliente: nadie puede iniciar sesión.
alarm-client-secret-advice = Cópialo del portal de desarrolladores (OAuth2, Reset Secret) en discord.client_secret y reinicia.
alarm-staff-channel = El bot no puede escribir en el canal del equipo: el equipo recibe mensajes directos.
alarm-staff-channel-advice = Dale al bot View Channel, Send Messages y Embed Links allí, o corrige staff.channel; si el canal se borró, hace falta otro.
alarm-storage-key = El almacén rechaza la clave de acceso: nadie puede descargar.
alarm-storage-key-advice = Revisa storage.access_key_id, storage.secret_access_key y storage.region, y reinicia.
alarm-storage-access = El almacén no deja a la clave de acceso hacer lo necesario.
alarm-storage-access-advice = Dale a la clave de acceso permiso para leer, escribir y borrar los objetos de este bucket.
alarm-storage-bucket = El almacén no tiene ese bucket: nadie puede descargar.
alarm-storage-bucket-advice = Crea el bucket, o corrige storage.bucket y reinicia.
alarm-clock = El reloj de esta máquina va mal: el almacén rechaza lo que firma.
alarm-clock-advice = Pon el reloj de esta máquina en hora por la red (timedatectl set-ntp true).
alarm-amount = Stripe no acepta el importe de esta factura.
alarm-amount-advice = Nadie puede pagarla. Cambia el importe o la moneda con `/billing edit`: cada moneda tiene en Stripe un importe mínimo y uno máximo. El próximo clic en Pagar lo intenta de nuevo.
alarm-methods = Stripe no tiene forma de pagar esta factura.
alarm-methods-advice = Activa en el panel de Stripe (Configuración, Métodos de pago) un método que acepte esta moneda, o cambia la moneda con `/billing edit`. El próximo clic en Pagar lo intenta de nuevo.
alarm-payment = Stripe no abre una página de pago para esta factura.
alarm-payment-advice = Mira en el panel de Stripe (Desarrolladores, Registros) la solicitud que falló: dice por qué. El próximo clic en Pagar lo intenta de nuevo.
alarm-file-gone = Un archivo ya no está en el almacén.
alarm-file-gone-advice = Su cliente no puede obtenerlo. Envíalo de nuevo con `/deliver replace`, recupéralo en el bucket, o quítalo con `/deliver remove`.
look-again-button = Comprobar de nuevo
reply-alarm-over = Ahora funciona, hasta donde se puede saber; si se vuelve a rechazar, te avisaremos.
reply-alarm-holds = Se sigue rechazando. Arréglalo como se indica y comprueba de nuevo; un ajuste cambiado cuenta tras reiniciar.
file-is-gone = Este archivo no está ahora en el almacén del estudio. El estudio ya lo sabe; no tienes que hacer nada.
notice-payment-refused = Stripe no deja a **{ $customer }** pagar esta factura. `/billing attention` dice por qué y qué hacer; ya sabe que estás al tanto.
notice-file-gone = **{ $label }** ya no está en el almacén, así que **{ $customer }** no puede obtenerlo. `/billing attention` dice qué hacer.
job-tell-alarm = avisar de lo que un servicio rechaza
# La única línea sin formato de un mensaje: es todo lo que muestra el aviso del teléfono. Sin marcas, y con nuestras palabras primero.
line-invoice-issued = Factura { $number } de { $studio }: { $amount }
line-invoice-due = La factura { $number } de { $studio } vence: { $amount }
line-invoice-paid = La factura { $number } de { $studio } está pagada: { $amount }. ¡Gracias!
line-invoice-edited = La factura { $number } de { $studio } cambió: { $amount }
line-invoice-revoked = La factura { $number } de { $studio } se anuló
line-payment-processing = Tu pago de la factura { $number } de { $studio } está en camino
line-payment-failed = Tu pago de la factura { $number } de { $studio } no llegó
line-payment-unclear = Un pago de { $customer } no encaja con la factura { $number }
line-payment-refused = Stripe no deja a { $customer } pagar la factura { $number }
line-file-gone = Un archivo de la factura { $number } ya no está en el almacén: { $label }
line-payment-received = Pago de { $customer } por la factura { $number }: { $amount }
line-payment-refunded = Reembolso de la factura { $number } de { $studio }: { $amount }
line-some-refunded = Reembolso de la factura { $number } de { $studio }
line-refund-came-back = El reembolso de la factura { $number } de { $studio } no te llegó
line-files-open-again = Tus archivos de la factura { $number } de { $studio } vuelven a estar abiertos
line-files-closed = Tus archivos de la factura { $number } de { $studio } están cerrados
line-late-payment-returned = Tu pago tardío de la factura { $number } de { $studio } se te devuelve
line-late-payment-arrived = Un pago tardío de { $customer } por la factura { $number } se devuelve
line-refund-failed = Un reembolso de la factura { $number } falló
line-paid-twice = { $customer } pagó la factura { $number } dos veces
line-page-unknown = Stripe no conoce la página de pago de la factura { $number }
line-inquiry-opened = El banco de { $customer } pregunta por la factura { $number }
line-inquiry-closed = La consulta del banco sobre la factura { $number } está cerrada
line-dispute-opened = Una disputa de { $customer } sobre la factura { $number }
line-dispute-won = La disputa sobre la factura { $number } está ganada
line-dispute-lost = La disputa sobre la factura { $number } está perdida
line-file-ready = Hay un archivo de { $studio } listo para ti: { $label } (factura { $number })
line-file-attached = Se adjuntó un archivo de { $studio } a la factura { $number }: { $label }
line-file-replaced = Una versión nueva de un archivo de { $studio }: { $label } (factura { $number })
line-file-removed = Se quitó un archivo de { $studio }: { $label } (factura { $number })
message-reference = Referencia { $reference }
invoice-numbered = Factura { $number }
your-file = Tu archivo
