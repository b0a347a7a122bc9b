-- A special inspection's list, its findings and the record of its changes are only ever added to: a later finding names
-- the one it replaces, and the campaign itself is never deleted.

CREATE FUNCTION workflows_finding_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM workflows_specialinspectionfinding f
        WHERE f.id = NEW.replaces_id AND f.entry_id = NEW.entry_id AND f.result <> 'complaint'
    ) THEN
        RAISE EXCEPTION 'a finding replaces one of the same entry that opened no complaint' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER finding_guard BEFORE INSERT ON workflows_specialinspectionfinding
    FOR EACH ROW EXECUTE FUNCTION workflows_finding_guard();

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['specialinspectionentry', 'specialinspectionfinding', 'specialinspectionchange'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION workflows_append_only()', 'workflows_' || kept);
        EXECUTE format('CREATE TRIGGER append_only_all BEFORE TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION workflows_append_only()', 'workflows_' || kept);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'casedesk_app') THEN
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM casedesk_app', 'workflows_' || kept);
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'casedesk_app') THEN
        REVOKE DELETE, TRUNCATE ON workflows_specialinspection FROM casedesk_app;
    END IF;
END $$;
