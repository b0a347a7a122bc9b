-- Money: each line adds up, what a line says was paid is the sum of its payments, what a use says came back is the sum of
-- its recoveries, and no paper states a total that its rows do not give. Payments and recoveries are only ever added to.

ALTER TABLE workflows_ledgerline ADD CONSTRAINT line_due_is_rate_times_quantity
    CHECK (rate IS NULL OR quantity IS NULL OR due = round(rate * quantity, 2));
ALTER TABLE workflows_ledgerline ADD CONSTRAINT line_claimed_is_due_less_paid
    CHECK (due IS NULL OR claimed = due - already_paid);
ALTER TABLE workflows_ledgerline ADD CONSTRAINT line_reckoning_sane
    CHECK (coalesce(rate, 0) >= 0 AND coalesce(quantity, 0) >= 0 AND coalesce(due, 0) >= 0 AND already_paid >= 0);

CREATE FUNCTION workflows_line_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line bigint := CASE TG_TABLE_NAME WHEN 'workflows_payment' THEN (to_jsonb(NEW) ->> 'line_id')::bigint ELSE NEW.id END;
    said numeric;
    given numeric;
BEGIN
    SELECT paid INTO said FROM workflows_ledgerline WHERE id = line;
    SELECT coalesce(sum(amount), 0) INTO given FROM workflows_payment WHERE line_id = line;
    IF said IS DISTINCT FROM given THEN
        RAISE EXCEPTION 'line % says paid %, its payments say %', line, said, given USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER line_adds_up AFTER INSERT ON workflows_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION workflows_line_adds_up();
CREATE CONSTRAINT TRIGGER line_adds_up_new AFTER INSERT ON workflows_ledgerline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.paid <> 0) EXECUTE FUNCTION workflows_line_adds_up();
CREATE CONSTRAINT TRIGGER line_adds_up_changed AFTER UPDATE ON workflows_ledgerline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.paid IS DISTINCT FROM OLD.paid)
    EXECUTE FUNCTION workflows_line_adds_up();

CREATE FUNCTION workflows_line_counter_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong workflows_ledgerline;
BEGIN
    SELECT * INTO wrong FROM workflows_ledgerline WHERE id = NEW.corrects_id;
    IF NOT wrong.countered OR wrong.corrects_id IS NOT NULL OR (NEW.worker_id, -NEW.claimed, -NEW.verified, -NEW.ordered,
        -NEW.settled_otherwise, NEW.paid) IS DISTINCT FROM (wrong.worker_id, wrong.claimed, wrong.verified, wrong.ordered,
        wrong.settled_otherwise, wrong.paid) THEN
        RAISE EXCEPTION 'line % is no counter-line of %', NEW.id, NEW.corrects_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER line_counter_guard AFTER INSERT OR UPDATE ON workflows_ledgerline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.corrects_id IS NOT NULL)
    EXECUTE FUNCTION workflows_line_counter_guard();

CREATE FUNCTION workflows_fund_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    used bigint := CASE TG_TABLE_NAME
        WHEN 'workflows_recovery' THEN (to_jsonb(NEW) ->> 'use_id')::bigint
        WHEN 'workflows_payment' THEN (to_jsonb(NEW) ->> 'fund_use_id')::bigint ELSE NEW.id END;
    said workflows_funduse;
    back numeric;
    shares numeric;
BEGIN
    SELECT * INTO said FROM workflows_funduse WHERE id = used;
    SELECT coalesce(sum(amount), 0) INTO back FROM workflows_recovery WHERE use_id = used;
    SELECT coalesce(sum(amount), 0) INTO shares FROM workflows_fundshare WHERE use_id = used;
    IF said.recovered <> back OR said.amount <> shares
        OR said.paid <> (SELECT coalesce(sum(amount), 0) FROM workflows_payment WHERE fund_use_id = used) THEN
        RAISE EXCEPTION 'use % of deposit or fund does not add up', used USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER fund_adds_up AFTER INSERT OR UPDATE ON workflows_funduse
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION workflows_fund_adds_up();
CREATE CONSTRAINT TRIGGER fund_adds_up AFTER INSERT ON workflows_recovery
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION workflows_fund_adds_up();

CREATE FUNCTION workflows_paper_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.content ? 'total' AND NEW.content ? 'workers' AND (NEW.content ->> 'total')::numeric <>
        (SELECT coalesce(sum((w ->> 'rest')::numeric), 0) FROM jsonb_array_elements(NEW.content -> 'workers') w) THEN
        RAISE EXCEPTION 'paper % states a total that its rows do not give', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER paper_adds_up BEFORE INSERT ON workflows_paper
    FOR EACH ROW EXECUTE FUNCTION workflows_paper_adds_up();

CREATE CONSTRAINT TRIGGER fund_adds_up AFTER INSERT ON workflows_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.fund_use_id IS NOT NULL) EXECUTE FUNCTION workflows_fund_adds_up();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON workflows_recovery
    FOR EACH ROW EXECUTE FUNCTION workflows_append_only();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON workflows_recovery
    FOR EACH STATEMENT EXECUTE FUNCTION workflows_append_only();

CREATE FUNCTION workflows_import_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.kind, NEW.case_id, NEW.sha256) IS DISTINCT FROM (OLD.kind, OLD.case_id, OLD.sha256)
        OR (OLD.state = 'taken' AND NEW.state <> 'taken') THEN
        RAISE EXCEPTION 'an import stands: what it is of does not change, and what was taken is not taken again'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER import_guard BEFORE UPDATE OR DELETE ON workflows_import
    FOR EACH ROW EXECUTE FUNCTION workflows_import_guard();

DO $$
DECLARE
    kept text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'casedesk_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON workflows_recovery FROM casedesk_app;
        FOREACH kept IN ARRAY ARRAY['import', 'funduse', 'fundshare', 'chain'] LOOP
            EXECUTE format('REVOKE DELETE, TRUNCATE ON %I FROM casedesk_app', 'workflows_' || kept);
        END LOOP;
    END IF;
END $$;
