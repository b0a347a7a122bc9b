-- What the clocks rest on is only ever added to: notices and their days, decisions about the law. Nobody deletes a pause or a reminder.

CREATE FUNCTION workflows_calendar_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.year, NEW.number, NEW.version, NEW.loaded_at) IS DISTINCT FROM
        (OLD.year, OLD.number, OLD.version, OLD.loaded_at) THEN
        RAISE EXCEPTION 'a notice stands; an amended year is a new version' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER calendar_guard BEFORE UPDATE OR DELETE ON workflows_calendarnotice
    FOR EACH ROW EXECUTE FUNCTION workflows_calendar_guard();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON workflows_lawdecision
    FOR EACH ROW EXECUTE FUNCTION workflows_append_only();

CREATE FUNCTION workflows_calendar_change_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'requested' OR (NEW.year, NEW.number, NEW.days, NEW.requested_by_id)
        IS DISTINCT FROM (OLD.year, OLD.number, OLD.days, OLD.requested_by_id) THEN
        RAISE EXCEPTION 'a decided change stands, and what was asked for does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER calendar_change_guard BEFORE UPDATE OR DELETE ON workflows_calendarchange
    FOR EACH ROW EXECUTE FUNCTION workflows_calendar_change_guard();

CREATE FUNCTION workflows_pause_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.last IS NOT NULL OR (NEW.limit_id, NEW.first, NEW.reason, NEW.document, NEW.approved_by)
        IS DISTINCT FROM (OLD.limit_id, OLD.first, OLD.reason, OLD.document, OLD.approved_by) THEN
        RAISE EXCEPTION 'a pause stands as it was made; only its end is added' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pause_guard BEFORE UPDATE OR DELETE ON workflows_limitpause
    FOR EACH ROW EXECUTE FUNCTION workflows_pause_guard();

DO $$
DECLARE
    kept text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'casedesk_app') THEN
        FOREACH kept IN ARRAY ARRAY['calendarnotice', 'calendarday', 'lawdecision', 'calendarchange', 'limitpause', 'reminder',
                                    'limitextension'] LOOP
            EXECUTE format('REVOKE DELETE, TRUNCATE ON %I FROM casedesk_app', 'workflows_' || kept);
        END LOOP;
    END IF;
END $$;
