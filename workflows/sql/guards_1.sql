-- What the database refuses by itself, whoever writes as application role or owner: states off the arrows, events that no
-- arrow allows, changed or deleted records, changed papers. A superuser passes; the chain of hashes finds that.

CREATE FUNCTION workflows_state_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.state END;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM workflows_edge e
        WHERE e.rules_version = (SELECT max(rules_version) FROM workflows_edge)
          AND e.procedure = TG_ARGV[0] AND e.from_state = before AND e.to_state = NEW.state
    ) THEN
        RAISE EXCEPTION '% has no arrow from "%" to "%"', TG_ARGV[0], before, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE OF state ON workflows_intake
    FOR EACH ROW EXECUTE FUNCTION workflows_state_guard('intake');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE OF state ON workflows_jointreception
    FOR EACH ROW EXECUTE FUNCTION workflows_state_guard('joint');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE OF state ON workflows_inspection
    FOR EACH ROW EXECUTE FUNCTION workflows_state_guard('inspection');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE OF state ON workflows_policetransfer
    FOR EACH ROW EXECUTE FUNCTION workflows_state_guard('police');

ALTER TABLE workflows_event ADD CONSTRAINT event_on_a_declared_arrow
    FOREIGN KEY (rules_version, procedure, from_state, act, to_state)
    REFERENCES workflows_edge (rules_version, procedure, from_state, act, to_state);

CREATE FUNCTION workflows_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON workflows_event
    FOR EACH ROW EXECUTE FUNCTION workflows_append_only();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON workflows_event
    FOR EACH STATEMENT EXECUTE FUNCTION workflows_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON workflows_payment
    FOR EACH ROW EXECUTE FUNCTION workflows_append_only();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON workflows_payment
    FOR EACH STATEMENT EXECUTE FUNCTION workflows_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON workflows_service
    FOR EACH ROW EXECUTE FUNCTION workflows_append_only();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON workflows_service
    FOR EACH STATEMENT EXECUTE FUNCTION workflows_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON workflows_amendment
    FOR EACH ROW EXECUTE FUNCTION workflows_append_only();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON workflows_amendment
    FOR EACH STATEMENT EXECUTE FUNCTION workflows_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON workflows_edge
    FOR EACH ROW EXECUTE FUNCTION workflows_append_only();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON workflows_edge
    FOR EACH STATEMENT EXECUTE FUNCTION workflows_append_only();

CREATE FUNCTION workflows_paper_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.kind, NEW.number, NEW.addressee, NEW.content, NEW.content_sha256, NEW.made_at) IS DISTINCT FROM
        (OLD.kind, OLD.number, OLD.addressee, OLD.content, OLD.content_sha256, OLD.made_at) THEN
        RAISE EXCEPTION 'a paper stands as it was made' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.served_at IS NOT NULL AND NEW.served_at IS DISTINCT FROM OLD.served_at THEN
        RAISE EXCEPTION 'service of a paper stands' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER paper_guard BEFORE UPDATE OR DELETE ON workflows_paper
    FOR EACH ROW EXECUTE FUNCTION workflows_paper_guard();

CREATE FUNCTION workflows_approval_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'requested' OR (NEW.subject, NEW.act, NEW.inputs, NEW.requested_by_id, NEW.needed)
        IS DISTINCT FROM (OLD.subject, OLD.act, OLD.inputs, OLD.requested_by_id, OLD.needed) THEN
        RAISE EXCEPTION 'a decided request stands, and what was asked for does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_guard BEFORE UPDATE OR DELETE ON workflows_approval
    FOR EACH ROW EXECUTE FUNCTION workflows_approval_guard();

DO $$
DECLARE
    kept text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'casedesk_app') THEN
        FOREACH kept IN ARRAY ARRAY['event', 'payment', 'service', 'amendment'] LOOP
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM casedesk_app', 'workflows_' || kept);
        END LOOP;
        REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON workflows_edge FROM casedesk_app;
        FOREACH kept IN ARRAY ARRAY['case', 'complaint', 'intake', 'inspection', 'jointreception', 'policetransfer', 'limit',
                                    'paper', 'approval', 'ledgerline', 'worker', 'evidence', 'numberseries'] LOOP
            EXECUTE format('REVOKE DELETE, TRUNCATE ON %I FROM casedesk_app', 'workflows_' || kept);
        END LOOP;
    END IF;
END $$;
