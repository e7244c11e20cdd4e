# Qué falló y qué hacer. Se muestra en Discord y en páginas.
account-not-found = No se encontró la cuenta.
invoice-not-found = No se encontró la factura. Elige una de la lista que aparece al escribir.
deliverable-not-found = No se encontró el archivo. Elige uno de la lista que aparece al escribir.
link-not-found = No se encontró el enlace.
discord-is-away = Discord no nos responde en este momento. No se cambió nada; inténtalo de nuevo en un minuto.
stripe-is-away = Stripe no responde en este momento. No se cobró nada; inténtalo de nuevo en un minuto.
stripe-refuses = Stripe no lo acepta. No se cobró nada; avisa al estudio, por favor.
storage-is-away = El almacén de archivos no responde en este momento. No se perdió nada; inténtalo de nuevo en un minuto.
fault = Algo falló por nuestra parte. Inténtalo de nuevo; si vuelve a pasar, avisa al estudio e indica la referencia { $reference }.
staff-only = `/{ $command }` es para el equipo del estudio, en el servidor del estudio.
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
list-invoices-older = Las anteriores: `/invoice view` con su número.
list-all-invoices = Facturas
list-all-invoices-empty = Aún no hay facturas. Emite la primera con `/billing issue`.
list-shows = Se muestran las { $shown } más recientes.
list-shows-of = Se muestran las { $shown } más recientes de { $total }.

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
reply-handout = Pulsa **Descargar**; el botón funciona durante 15 minutos.
reply-handout-direct = Si no funciona, usa el [enlace directo]({ $url }), que sirve durante 5 minutos.
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
reply-being-revoked = La factura { $number } se está anulando: sus enlaces ya no sirven y se pide a Stripe que cierre la página de pago. Si el cliente fue más rápido, la factura está pagada y se te avisa.
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

# Ajustes, ayuda, acerca de.
reply-language-chosen = A partir de ahora lees en español.
reply-language-follows = A partir de ahora lees lo que está puesto en Discord: español.
help-title = Qué puedes hacer aquí
help-unknown = No hay tal comando para ti. `/help` los muestra todos.
about = **{ $studio }** vende sus encargos con Atelier { $version }.
    Pagas con Stripe: el número de tu tarjeta nunca nos llega. Se guardan tu usuario y nombre de Discord, tus facturas, tus archivos y cuándo se abrieron los enlaces. Lo que Stripe envía sobre un pago se guarda cifrado y se borra a los 30 días.

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
