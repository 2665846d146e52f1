"""Several workers, on one machine or many, share the work on one journal in PostgreSQL: `pdp-bridge worker`.

The journal is the only truth. The queue (Procrastinate 3, tables `procrastinate_*` beside the journal's) only says who
does what next: a job is the source id of one invoice, its step is the same idempotent `delivery.process` that a run
makes, and what the step leaves in the journal decides whether and when there is another. A queue that is emptied, or a
job that is done twice, changes nothing.

How each invoice is deposited once, whoever dies:

1. *One claim.* `Journal.sending` locks the row, tests the state and the content's version, keeps the bytes and commits
   SENDING with a lease, before the request. Of two workers with the same invoice one gets False and does not send.
2. *One deadline.* Whoever has claimed and comes to the request later than a quarter of the lease gives the claim back;
   no wait of the request is as long as the lease, and a slow upload is left well before case 3 decides
   (`connection.py`). From then on nobody is sending any more.
3. *No taking over.* Nobody goes on where a dead sender stopped: SENDING leads back to PULLED only by a complete search
   of the platform that finds nothing, `settle_seconds` after the lease. An attempt that another process may still be
   making is closed by nobody else: a claim is known by when it was made, so whoever was cut off from the database and
   comes back ends its own attempt only. A deposit that is found is recorded, whoever made it.
4. *One clock.* Leases are compared between machines, so a worker whose clock is not the database's (10 seconds) does
   nothing until it is.
5. *Durable intents.* Every commit waits for PostgreSQL's disk (`synchronous_commit`). When PostgreSQL dies between the
   request and its answer's record, the invoice is SENDING when it is back: case 3. A copy in its place is recognised
   (`journal/place.py`): what it may have forgotten is looked for first.
6. *No waiting for ever.* A network that is cut is noticed by both ends (`journal/database.py`), and what a worker held
   locked is free again. What the network delivers late must come within lease and settle time.
7. *One or many.* A step holds a shared advisory lock; the commands `run`, `pull`, `sync` and what a person decides hold
   it alone. The lock spares work and surprises; if its connection breaks, what is written in 1 to 6 still holds.

What a refusal or an outage costs is decided by the journal (`next_action_at`), the budgets and circuits by its lanes:
the queue never repeats anything. `queue` holds the tables, `steps` what is done for one company, `working` the loop.
"""
